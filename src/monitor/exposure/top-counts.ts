import * as v from 'valibot';
import { murmur3 } from '../../core/hashing.ts';
import type { Json } from '../../core/part-state.ts';
import { invalidData, parseState, requireConfig, weight } from '../outcome/parse-state.ts';

/** Longer names are cut, and told apart by a hash: they come from pages, and states shall stay small. */
const LONGEST = 100;

interface Entry {
  /** At least what the name was counted. */
  count: number;
  /** By how much at most it is too large. */
  error: number;
}

const entry = v.strictTuple([v.pipe(v.string(), v.maxLength(LONGEST)), weight, weight]);
const stateSchema = v.strictObject({ total: weight, entries: v.array(entry) });

/**
 * The names that are counted most, in bounded memory, and the exact total: SpaceSaving (Metwally et al. 2005, doi 10.1007/978-3-540-30570-5_27) with
 * weights. Exact while there are no more names than places; after that a count is off by at most total / capacity.
 */
export class TopCounts {
  readonly #capacity: number;
  #entries = new Map<string, Entry>();
  #total = 0;

  /** @throws INVALID_CONFIG */
  constructor(capacity: number) {
    requireConfig(Number.isInteger(capacity) && capacity >= 1, `${capacity} places for names`);
    this.#capacity = capacity;
  }

  get total(): number {
    return this.#total;
  }

  /** @param amount above 0 */
  add(name: string, amount = 1): void {
    const key = shortened(name);
    this.#total += amount;
    const known = this.#entries.get(key);
    if (known) known.count += amount;
    else if (this.#entries.size < this.#capacity) this.#entries.set(key, { count: amount, error: 0 });
    else this.#replaceLeast(key, amount);
  }

  #replaceLeast(key: string, amount: number): void {
    let least: [string, Entry] | undefined;
    for (const one of this.#entries) if (!least || one[1].count < least[1].count) least = one;
    const error = least?.[1].count ?? 0;
    if (least) this.#entries.delete(least[0]);
    this.#entries.set(key, { count: error + amount, error });
  }

  /** Makes everything that was counted weigh less. @param factor in (0, 1] */
  scale(factor: number): void {
    this.#total *= factor;
    for (const one of this.#entries.values()) {
      one.count *= factor;
      one.error *= factor;
    }
  }

  /** What a name was counted at least; 0 where it has no place. */
  count(name: string): number {
    const found = this.#entries.get(shortened(name));
    return found ? found.count - found.error : 0;
  }

  /** What each name was counted at least, the most first; they add up to `total` while every name has a place. */
  counts(): [name: string, count: number][] {
    return [...this.#entries]
      .map(([name, { count, error }]): [string, number] => [name, count - error])
      .sort(([, one], [, other]) => other - one);
  }

  state(): Json {
    return { total: this.#total, entries: [...this.#entries].map(([name, { count, error }]) => [name, count, error]) };
  }

  /** Continues exactly where `state` was taken. @throws INVALID_DATA */
  restore(state: unknown): void {
    const { total, entries } = parseState(stateSchema, state, 'counts');
    const restored = new Map(entries.map(([name, count, error]) => [name, { count, error }]));
    if (restored.size !== entries.length) throw invalidData('a name is counted twice');
    if (entries.length > this.#capacity) throw invalidData(`${entries.length} names of at most ${this.#capacity}`);
    this.#total = total;
    this.#entries = restored;
  }
}

function shortened(name: string): string {
  return name.length <= LONGEST ? name : `${name.slice(0, LONGEST - 9)}~${murmur3(name).toString(16).padStart(8, '0')}`;
}
