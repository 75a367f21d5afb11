/** Without a call for so long the worker is idle. */
const IDLE_MS = 5_000;

/** Runs background work when nobody has asked for anything for a while, and tells it to stop when somebody does. */
export class IdleWork {
  readonly #delay: (ms: number) => Promise<void>;
  readonly #work: (isIdle: () => boolean) => Promise<void>;
  /** Grows with every call. */
  #calls = 0;
  #waiting = false;

  /** @param work does not reject; looks at `isIdle` between slices, and is called again when it was stopped */
  constructor(delay: (ms: number) => Promise<void>, work: (isIdle: () => boolean) => Promise<void>) {
    this.#delay = delay;
    this.#work = work;
  }

  /** Somebody asks for something. */
  touch(): void {
    this.#calls++;
    if (!this.#waiting) void this.#wait();
  }

  async #wait(): Promise<void> {
    this.#waiting = true;
    for (let seen = -1; seen !== this.#calls;) {
      seen = this.#calls;
      await this.#delay(IDLE_MS);
      if (seen === this.#calls) await this.#work(() => seen === this.#calls);
    }
    this.#waiting = false;
  }
}
