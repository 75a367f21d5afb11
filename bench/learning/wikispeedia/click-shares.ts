/** Weight of what was clicked before a count is believed: clicks that a back-off is worth. */
const BACK_OFF = 5;

/** Clicks so far by what they were clicked in, older ones fading. */
export class ClickCounts {
  readonly #counts = new Map<string, Map<number, number>>();
  readonly #growth: number;
  /** A click now is worth this much; growing it fades all that came before. */
  #worth = 1;

  /** @param memory clicks after which one counts 1 / e of a new one */
  constructor(memory = Infinity) {
    this.#growth = Math.exp(1 / memory);
  }

  add(situations: Iterable<string>, chosen: number): void {
    this.#worth *= this.#growth;
    for (const situation of situations) {
      let counts = this.#counts.get(situation);
      if (!counts) this.#counts.set(situation, (counts = new Map<number, number>()));
      counts.set(chosen, (counts.get(chosen) ?? 0) + this.#worth);
    }
  }

  of(situation: string, candidate: number): number {
    return (this.#counts.get(situation)?.get(candidate) ?? 0) / this.#worth;
  }

  /** [candidates] added over the situations. */
  all(situations: Iterable<string>, candidates: readonly number[]): Float64Array {
    const out = new Float64Array(candidates.length);
    for (const situation of situations) {
      const counts = this.#counts.get(situation);
      if (!counts) continue;
      for (let i = 0; i < out.length; i++) out[i]! += (counts.get(candidates[i]!) ?? 0) / this.#worth;
    }
    return out;
  }
}

/**
 * Estimated share of each candidate in the clicks on this list: its count, and a few clicks' worth of a coarser estimate (Dirichlet smoothing).
 * @param counts [candidates] @param coarser [candidates] shares @returns [candidates], adding up to 1
 */
export function shares(counts: Float64Array, coarser: Float64Array): Float64Array {
  const total = BACK_OFF + counts.reduce((sum, count) => sum + count, 0);
  return counts.map((count, index) => (count + BACK_OFF * coarser[index]!) / total);
}
