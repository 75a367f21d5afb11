import * as v from 'valibot';
import type { Json } from '../../core/part-state.ts';
import { parseState } from '../outcome/parse-state.ts';
import { DurationHistogram } from './duration-histogram.ts';

/** Quantiles in ms; null before the first duration. */
export interface LatencyFigures {
  /** Durations, each with what is left of its weight. */
  readonly count: number;
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
  readonly p99Ms: number | null;
}

export interface LatencySummary {
  readonly total: LatencyFigures;
  readonly decaying: LatencyFigures;
  /** Of all time. */
  readonly longestMs: number;
}

const stateSchema = v.strictObject({ total: v.unknown(), decaying: v.unknown() });

/** How long something takes, over all time and lately. */
export class Latency {
  readonly #total = new DurationHistogram();
  readonly #decaying: DurationHistogram;

  /** @param halfLife durations; long enough that a few of them are beyond p99 @throws INVALID_CONFIG */
  constructor(halfLife = 500) {
    this.#decaying = new DurationHistogram(halfLife);
  }

  /** @throws INVALID_DATA */
  update(durationMs: number): void {
    this.#total.update(durationMs);
    this.#decaying.update(durationMs);
  }

  summary(): LatencySummary {
    return { total: figuresOf(this.#total), decaying: figuresOf(this.#decaying), longestMs: this.#total.longestMs };
  }

  state(): Json {
    return { total: this.#total.state(), decaying: this.#decaying.state() };
  }

  /** @throws INVALID_DATA */
  restore(state: unknown): void {
    const { total, decaying } = parseState(stateSchema, state, 'latencies');
    this.#total.restore(total);
    this.#decaying.restore(decaying);
  }
}

function figuresOf(durations: DurationHistogram): LatencyFigures {
  const [p50Ms, p95Ms, p99Ms] = [durations.quantile(0.5), durations.quantile(0.95), durations.quantile(0.99)];
  return { count: durations.count, p50Ms, p95Ms, p99Ms };
}
