/** Latest predictions that the median is of. */
const WINDOW = 64;
/** So many times what was measured, in so many windows one after the other: a busy moment is no slower device. */
const [FACTOR, WINDOWS] = [3, 3];
/** Less is no reason: nobody waits for it, and clocks in browsers tick in steps of up to a millisecond. */
const NEGLIGIBLE_MS = 2;

/** Whether predictions take longer than the probe said, for so long that it must be asked again. */
export class LiveLatency {
  readonly #limitMs: number;
  readonly #window: number[] = [];
  #slow = 0;

  /** @param expectedMs what the probe measured for a prediction of one row */
  constructor(expectedMs: number) {
    this.#limitMs = Math.max(FACTOR * expectedMs, expectedMs + NEGLIGIBLE_MS);
  }

  /** @param ms of one prediction of one row @returns whether it contradicts what was measured, once: it begins anew then */
  contradicts(ms: number): boolean {
    this.#window.push(ms);
    if (this.#window.length < WINDOW) return false;
    const median = this.#window.sort((a, b) => a - b)[WINDOW / 2]!;
    this.#window.length = 0;
    this.#slow = median > this.#limitMs ? this.#slow + 1 : 0;
    if (this.#slow < WINDOWS) return false;
    this.#slow = 0;
    return true;
  }
}
