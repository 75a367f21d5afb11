/** Clicks so far by the situation that they were made in, older ones fading. */
export class ClickCounts {
  readonly #counts = new Map<string, Map<number, number>>();
  readonly #growth: number;
  /** What a click counts now: it grows, which fades all that came before. */
  #worth = 1;

  /** @param memory clicks after which one counts 1 / e of a new one; the default forgets nothing */
  constructor(memory = Infinity) {
    this.#growth = Math.exp(1 / memory);
  }

  add(situations: readonly string[], chosen: number): void {
    this.#worth *= this.#growth;
    for (const situation of situations) {
      let counts = this.#counts.get(situation);
      if (!counts) this.#counts.set(situation, (counts = new Map<number, number>()));
      counts.set(chosen, (counts.get(chosen) ?? 0) + this.#worth);
    }
  }

  /** [candidates] clicks on each in any of the situations. */
  of(situations: readonly string[], candidates: readonly number[]): Float64Array {
    const out = new Float64Array(candidates.length);
    for (const situation of situations) {
      const counts = this.#counts.get(situation);
      if (!counts) continue;
      for (let i = 0; i < out.length; i++) out[i]! += (counts.get(candidates[i]!) ?? 0) / this.#worth;
    }
    return out;
  }
}

/** Clicks that the coarser estimate is worth. */
const BACK_OFF = 5;

/**
 * Estimated share of each candidate in the clicks on one list: its count, and a few clicks' worth of a coarser estimate (Dirichlet smoothing).
 * @param counts [candidates] @param coarser [candidates] shares, adding up to 1 @returns [candidates], adding up to 1
 */
export function shares(counts: Float64Array, coarser: Float64Array): Float64Array {
  const total = BACK_OFF + counts.reduce((sum, count) => sum + count, 0);
  return counts.map((count, index) => (count + BACK_OFF * coarser[index]!) / total);
}
