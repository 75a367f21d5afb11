import type { Clock } from '../../core/clock.ts';

/**
 * How long the visitor was there: the page visible, and the last input (or the coming back) not longer ago than `idleAfterMs`. Nothing runs in between:
 * time is added up when it is asked for. While media plays nobody has to touch anything.
 */
export class ActiveTime {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #idleAfterMs: number;
  #visible: boolean;
  #playing = 0;
  #totalMs = 0;
  #countedToMs: number;
  #lastInputMs: number;

  constructor(clock: Pick<Clock, 'monotonicMs'>, idleAfterMs: number, visible: boolean) {
    this.#clock = clock;
    this.#idleAfterMs = idleAfterMs;
    this.#visible = visible;
    this.#countedToMs = this.#lastInputMs = clock.monotonicMs();
  }

  input(): void {
    this.#lastInputMs = this.#advance();
  }

  setVisible(visible: boolean): void {
    const now = this.#advance();
    if (visible && !this.#visible) this.#lastInputMs = now;
    this.#visible = visible;
  }

  /** @param playing how many media elements play */
  setPlaying(playing: number): void {
    const now = this.#advance();
    // Who has watched to the end was there.
    if (this.#playing > 0 && playing === 0) this.#lastInputMs = now;
    this.#playing = playing;
  }

  /** Milliseconds since the beginning. */
  activeMs(): number {
    this.#advance();
    return this.#totalMs;
  }

  #advance(): number {
    const now = this.#clock.monotonicMs();
    if (this.#visible) {
      const activeToMs = this.#playing > 0 ? now : Math.min(now, this.#lastInputMs + this.#idleAfterMs);
      this.#totalMs += Math.max(0, activeToMs - this.#countedToMs);
    }
    this.#countedToMs = now;
    return now;
  }
}
