/** Clicks on each side that a lift starts with: it is believed from about as many on. */
const PRIOR = 2;

/** Clicks on one kind of link in one situation, against those that it would have had if all links shown beside it were as good. */
export class Lift {
  readonly #cells = new Map<string, Map<string, { clicks: number; expected: number }>>();

  /** Mean over the pairs of the logarithm of the lift; 0 where nothing was shown. */
  of(situations: readonly string[], kinds: readonly string[]): number {
    let sum = 0;
    for (const situation of situations) {
      const cells = this.#cells.get(situation);
      for (const kind of kinds) {
        const cell = cells?.get(kind);
        if (cell) sum += Math.log((cell.clicks + PRIOR) / (cell.expected + PRIOR));
      }
    }
    return sum / (situations.length * kinds.length);
  }

  /** @param chance of a click if it was drawn from the list @param clicked whether it was */
  add(situations: readonly string[], kinds: readonly string[], chance: number, clicked: boolean): void {
    for (const situation of situations) {
      let cells = this.#cells.get(situation);
      if (!cells) this.#cells.set(situation, (cells = new Map<string, { clicks: number; expected: number }>()));
      for (const kind of kinds) {
        let cell = cells.get(kind);
        if (!cell) cells.set(kind, (cell = { clicks: 0, expected: 0 }));
        cell.expected += chance;
        if (clicked) cell.clicks += 1;
      }
    }
  }
}
