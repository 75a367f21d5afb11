import type { Clock } from '../core/clock.ts';

/** Work in the background gives way to waiting messages at least this often: what is asked for waits for one slice, and the step that ends it, at most. */
export const SLICE_MS = 8;

/** The slices of time that background work is done in: between two of them waiting messages are let in. */
export class TimeSlices {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #yieldToEvents: () => Promise<void>;
  #startMs: number;
  /** In slices that have ended. */
  #workedMs = 0;
  #ended = 0;

  constructor(clock: Pick<Clock, 'monotonicMs'>, yieldToEvents: () => Promise<void>) {
    this.#clock = clock;
    this.#yieldToEvents = yieldToEvents;
    this.#startMs = clock.monotonicMs();
  }

  /** Work begins, after a time in which others had their turn. */
  begin(): void {
    this.#startMs = this.#clock.monotonicMs();
  }

  /** To be called between two steps. */
  async giveWay(): Promise<void> {
    const sliceMs = this.#clock.monotonicMs() - this.#startMs;
    if (sliceMs < SLICE_MS) return;
    this.#workedMs += sliceMs;
    this.#ended++;
    await this.#yieldToEvents();
    this.begin();
  }

  /** How many have ended. */
  get ended(): number {
    return this.#ended;
  }

  /** Time spent working, from some moment on: what others did in between is not counted. */
  get workedMs(): number {
    return this.#workedMs + this.#clock.monotonicMs() - this.#startMs;
  }
}
