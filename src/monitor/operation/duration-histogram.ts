import * as v from 'valibot';
import type { Json } from '../../core/part-state.ts';
import { invalidData, parseState, requireConfig, weight, wholeNumber } from '../outcome/parse-state.ts';

/** Quantiles are at most this far off, relative to their value. */
const ACCURACY = 0.02;
const GAMMA = (1 + ACCURACY) / (1 - ACCURACY);
const LOG_GAMMA = Math.log(GAMMA);
/** Of the first and the last bucket: what is shorter or longer counts as that. 10 µs and 3 hours. */
const [FIRST, LAST] = [bucketOf(0.01), bucketOf(1e7)];
const BUCKETS = LAST - FIRST + 1;

const stateSchema = v.strictObject({
  longestMs: weight,
  count: weight,
  /** Bucket and what it counts, of those that count something, by rising bucket. */
  buckets: v.array(v.strictTuple([v.pipe(wholeNumber, v.maxValue(BUCKETS - 1)), weight])),
});

/**
 * Durations in buckets of equal relative width: DDSketch (Masson et al. 2019, doi 10.14778/3352063.3352135) of a fixed range. Two of them are added up by
 * adding their buckets. Answers are of the bucket that holds the value of rank ⌊p (n − 1)⌋, and within 2 % of it.
 */
export class DurationHistogram {
  readonly #kept: number;
  readonly #buckets = new Float64Array(BUCKETS);
  #count = 0;
  #longestMs = 0;

  /** @param halfLife durations after which one counts half; default Infinity: all count the same @throws INVALID_CONFIG */
  constructor(halfLife = Infinity) {
    requireConfig(halfLife > 0, `a half-life of ${halfLife} durations`);
    this.#kept = 2 ** (-1 / halfLife);
  }

  /** Durations, each with what is left of its weight. */
  get count(): number {
    return this.#count;
  }

  /** Of all time. */
  get longestMs(): number {
    return this.#longestMs;
  }

  /** @throws INVALID_DATA */
  update(durationMs: number): void {
    if (!(durationMs >= 0 && durationMs < Infinity)) throw invalidData(`a duration of ${durationMs} ms`);
    if (this.#kept < 1) for (let i = 0; i < BUCKETS; i++) this.#buckets[i]! *= this.#kept;
    this.#buckets[Math.min(Math.max(bucketOf(durationMs), FIRST), LAST) - FIRST]! += 1;
    this.#count = this.#count * this.#kept + 1;
    this.#longestMs = Math.max(this.#longestMs, durationMs);
  }

  merge(other: DurationHistogram): void {
    for (let i = 0; i < BUCKETS; i++) this.#buckets[i]! += other.#buckets[i]!;
    this.#count += other.#count;
    this.#longestMs = Math.max(this.#longestMs, other.#longestMs);
  }

  /** In ms; null before the first duration. @param probability in [0, 1] */
  quantile(probability: number): number | null {
    if (this.#count === 0) return null;
    const rank = probability * Math.max(0, this.#count - 1);
    let [below, last] = [0, 0];
    for (let i = 0; i < BUCKETS; i++) {
      if (this.#buckets[i] === 0) continue;
      below += this.#buckets[i]!;
      last = i;
      if (below > rank) break;
    }
    return (2 * GAMMA ** (last + FIRST)) / (GAMMA + 1);
  }

  state(): Json {
    const counted = [...this.#buckets].flatMap((count, index) => (count > 0 ? [[index, count]] : []));
    return { longestMs: this.#longestMs, count: this.#count, buckets: counted };
  }

  /** Continues exactly where `state` was taken. @throws INVALID_DATA */
  restore(state: unknown): void {
    const { longestMs, count, buckets } = parseState(stateSchema, state, 'a histogram of durations');
    this.#buckets.fill(0);
    for (const [index, counted] of buckets) this.#buckets[index] = counted;
    this.#count = count;
    this.#longestMs = longestMs;
  }
}

function bucketOf(durationMs: number): number {
  return Math.ceil(Math.log(durationMs) / LOG_GAMMA);
}
