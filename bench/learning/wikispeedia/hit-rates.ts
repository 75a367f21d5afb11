const QUARTERS = 4;

/** Shares of the clicks on the first link of the order, and on one of its first five: after a warm-up, in all and by quarters; and in the warm-up. */
export class HitRates {
  /** [warm-up, then the quarters] */
  readonly #parts = Array.from({ length: 1 + QUARTERS }, () => ({ clicks: 0, first: 0, five: 0 }));
  readonly #warmUp: number;
  readonly #quarter: number;
  #seen = 0;

  /** @param warmUp clicks that are reported apart @param count all clicks that will come */
  constructor(warmUp: number, count: number) {
    this.#warmUp = warmUp;
    this.#quarter = (count - warmUp) / QUARTERS;
  }

  /** @param place of the clicked link in the order, from 0 */
  update(place: number): void {
    const after = this.#seen - this.#warmUp;
    const part = this.#parts[after < 0 ? 0 : Math.min(QUARTERS, 1 + Math.floor(after / this.#quarter))]!;
    part.clicks += 1;
    if (place === 0) part.first += 1;
    if (place < 5) part.five += 1;
    this.#seen += 1;
  }

  get(): Record<string, number> {
    const warmUp = this.#parts[0]!;
    const quarters = this.#parts.slice(1);
    const sum = (pick: (part: (typeof quarters)[number]) => number) =>
      quarters.reduce((all, part) => all + pick(part), 0);
    const clicks = sum((part) => part.clicks);
    const entries = quarters.flatMap((part, index) => [
      [`hit@1 quarter ${index + 1}`, part.first / part.clicks],
      [`hit@5 quarter ${index + 1}`, part.five / part.clicks],
    ]);
    return {
      'hit@1': sum((part) => part.first) / clicks,
      'hit@5': sum((part) => part.five) / clicks,
      ...(Object.fromEntries(entries) as Record<string, number>),
      'hit@1 warm-up': warmUp.first / warmUp.clicks,
      'hit@5 warm-up': warmUp.five / warmUp.clicks,
    };
  }
}
