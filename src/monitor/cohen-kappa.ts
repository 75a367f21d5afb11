/**
 * Agreement between actual and predicted classes beyond chance: `(p0 - pe) / (1 - pe)`, with `p0` the accuracy and `pe` the agreement of
 * two independent raters with the same marginal counts (Cohen 1960, doi 10.1177/001316446002000104). In [-1, 1].
 */
export class CohenKappa {
  #right = 0;
  #total = 0;
  readonly #actual = new Map<string, number>();
  readonly #predicted = new Map<string, number>();

  /** @param predicted `null` (no class known yet) agrees with no class */
  update(actual: string, predicted: string | null): void {
    this.#total++;
    if (actual === predicted) this.#right++;
    increment(this.#actual, actual);
    if (predicted !== null) increment(this.#predicted, predicted);
  }

  /** 0 before the first update and, as in River, where chance alone explains everything (`pe` is 1). */
  get(): number {
    if (this.#total === 0) return 0;
    let chance = 0;
    for (const [label, count] of this.#actual) {
      chance += (count / this.#total) * ((this.#predicted.get(label) ?? 0) / this.#total);
    }
    return chance === 1 ? 0 : (this.#right / this.#total - chance) / (1 - chance);
  }
}

function increment(counts: Map<string, number>, label: string): void {
  counts.set(label, (counts.get(label) ?? 0) + 1);
}
