import * as v from 'valibot';
import { TendrilError } from '../../errors.ts';
import { murmur3 } from '../../core/hashing.ts';
import { parseState } from './parse-state.ts';

const MAX_NAME = 64;
const MAX_CAPACITY = 1024;

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const stateSchema = v.pipe(
  v.strictObject({
    capacity: v.pipe(count, v.minValue(1), v.maxValue(MAX_CAPACITY)),
    count,
    missing: count,
    error: count,
    counters: v.array(v.tuple([v.pipe(v.string(), v.maxLength(MAX_NAME)), v.pipe(count, v.minValue(1))])),
  }),
  v.check(({ capacity, counters }) => counters.length <= capacity, 'more values than fit'),
  v.check(
    ({ counters }) => new Set(counters.map(([value]) => value)).size === counters.length,
    'a value is there twice',
  ),
  v.check((state) => state.counters.reduce((sum, [, times]) => sum + times, 0) <= state.count, 'more than was counted'),
);
/** Plain JSON. */
export type FrequencySketchState = v.InferOutput<typeof stateSchema>;
export const frequencySketchSchema: v.GenericSchema<unknown, FrequencySketchState> = stateSchema;

export interface ValueCount {
  readonly value: string;
  /** At least so many, and at most {@link FrequencySketch.error} more. */
  readonly count: number;
}

/**
 * Counts of the most frequent values of a stream in bounded memory: Misra and Gries (1982, doi 10.1016/0167-6423(82)90012-0), which merges without losing
 * its bound (Agarwal et al. 2012, doi 10.1145/2213556.2213562). Every value of more than count / (capacity + 1) is kept. Nothing in it is random, and
 * merging commutes; while there are no more values than places it is exact.
 */
export class FrequencySketch {
  readonly #capacity: number;
  #counters = new Map<string, number>();
  #count = 0;
  #missing = 0;
  #error = 0;

  /** @param capacity values that are counted @throws INVALID_CONFIG */
  constructor(capacity = 32) {
    if (!(Number.isInteger(capacity) && capacity >= 1 && capacity <= MAX_CAPACITY)) {
      throw new TendrilError('INVALID_CONFIG', { reason: `a sketch of ${capacity} values is not possible` });
    }
    this.#capacity = capacity;
  }

  /** Values taken in, without the missing ones. */
  get count(): number {
    return this.#count;
  }

  get missing(): number {
    return this.#missing;
  }

  /** Every count is at most so much too low; no more than count / (capacity + 1). */
  get error(): number {
    return this.#error;
  }

  /** What the counts of the kept values leave. */
  get other(): number {
    return this.#count - [...this.#counters.values()].reduce((sum, times) => sum + times, 0);
  }

  /** @param value of a longer one, the beginning and a hash; null is missing */
  update(value: string | null): void {
    if (value === null) {
      this.#missing++;
      return;
    }
    this.#count++;
    const name = shortName(value);
    const known = this.#counters.get(name);
    if (known !== undefined) this.#counters.set(name, known + 1);
    else if (this.#counters.size < this.#capacity) this.#counters.set(name, 1);
    else this.#lower(1);
  }

  /** Takes in all that the other one has seen. @throws INVALID_CONFIG for one of another capacity */
  merge(other: FrequencySketch): void {
    if (other.#capacity !== this.#capacity) {
      throw new TendrilError('INVALID_CONFIG', { reason: 'sketches of two capacities cannot be merged' });
    }
    for (const [value, times] of other.#counters) this.#counters.set(value, (this.#counters.get(value) ?? 0) + times);
    this.#count += other.#count;
    this.#missing += other.#missing;
    this.#error += other.#error;
    const surplus = [...this.#counters.values()].sort((a, b) => b - a)[this.#capacity];
    if (surplus !== undefined) this.#lower(surplus);
  }

  /** The most frequent first, equal ones by name. */
  entries(): ValueCount[] {
    return [...this.#counters]
      .map(([value, times]) => ({ value, count: times }))
      .sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1));
  }

  /** A copy, plain JSON. */
  state(): FrequencySketchState {
    return {
      capacity: this.#capacity,
      count: this.#count,
      missing: this.#missing,
      error: this.#error,
      counters: this.entries().map(({ value, count: times }) => [value, times]),
    };
  }

  /** @param state of {@link state}, untrusted @throws CHECKPOINT_CORRUPT */
  static restore(state: unknown): FrequencySketch {
    const parsed = parseState(stateSchema, state, 'frequency sketch');
    const sketch = new FrequencySketch(parsed.capacity);
    sketch.#counters = new Map(parsed.counters);
    [sketch.#count, sketch.#missing, sketch.#error] = [parsed.count, parsed.missing, parsed.error];
    return sketch;
  }

  #lower(by: number): void {
    this.#error += by;
    for (const [value, times] of this.#counters) {
      if (times > by) this.#counters.set(value, times - by);
      else this.#counters.delete(value);
    }
  }
}

/** A value as it is kept: whole up to 64 characters. */
export function shortName(value: string): string {
  if (value.length <= MAX_NAME) return value;
  return `${value.slice(0, MAX_NAME - 9)}…${murmur3(value).toString(16).padStart(8, '0')}`;
}
