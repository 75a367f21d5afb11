/** The second click of a double click comes within this time, by the default of desktop systems. */
const REPEAT_MS = 500;
const REMEMBERED = 64;

/** The same again within half a second. */
export class RepeatCheck {
  readonly #last = new Map<string, number>();

  isRepeat(what: string, nowMs: number): boolean {
    const before = this.#last.get(what) ?? -Infinity;
    // Again as the newest, so that the first key is the one that was used the longest time ago.
    this.#last.delete(what);
    this.#last.set(what, nowMs);
    if (this.#last.size > REMEMBERED) {
      for (const oldest of this.#last.keys()) {
        this.#last.delete(oldest);
        break;
      }
    }
    return nowMs - before < REPEAT_MS;
  }
}
