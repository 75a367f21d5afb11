/** Share of predictions that were right, in [0, 1]. A prediction of `null` (no class known yet) counts as wrong. */
export class Accuracy {
  #right = 0;
  #total = 0;

  update(actual: string, predicted: string | null): void {
    this.#total++;
    if (actual === predicted) this.#right++;
  }

  /** 0 before the first update. */
  get(): number {
    return this.#total === 0 ? 0 : this.#right / this.#total;
  }
}
