import type { Clock } from '../../core/clock.ts';

/** Two clocks of one device drift by far less; more is a clock that was set. */
const JUMP_MS = 2000;
/** After this long the new time is taken as it is: the decisions that follow are made by it too. */
const SETTLED_AFTER_MS = 60_000;

export interface Moment {
  /** Milliseconds since the Unix epoch, by the page's own time where the device's clock was just set. */
  readonly atMs: number;
  readonly monotonicMs: number;
  readonly jumped: boolean;
}

/**
 * Notices when the device's clock is set, forward or back, by the clock that never jumps. Signals of the next minute are dated by the page's own time and
 * marked. A difference that came while the page was hidden is a device that slept: its clock is right.
 */
export class ClockWatch {
  readonly #clock: Clock;
  #differenceMs: number;
  #jumpedAtMs: number | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#differenceMs = clock.nowMs() - clock.monotonicMs();
  }

  now(): Moment {
    const wallMs = this.#clock.nowMs();
    const monotonicMs = this.#clock.monotonicMs();
    const difference = wallMs - monotonicMs;
    if (Math.abs(difference - this.#differenceMs) <= JUMP_MS) {
      // Follows the slow drift of a long visit.
      this.#differenceMs = difference;
      this.#jumpedAtMs = null;
      return { atMs: wallMs, monotonicMs, jumped: false };
    }
    this.#jumpedAtMs ??= monotonicMs;
    if (monotonicMs - this.#jumpedAtMs < SETTLED_AFTER_MS)
      return { atMs: monotonicMs + this.#differenceMs, monotonicMs, jumped: true };
    this.shown();
    return { atMs: wallMs, monotonicMs, jumped: false };
  }

  /** The page was hidden and is visible again. */
  shown(): void {
    this.#differenceMs = this.#clock.nowMs() - this.#clock.monotonicMs();
    this.#jumpedAtMs = null;
  }
}
