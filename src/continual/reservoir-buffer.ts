import type { PartState } from '../core/part-state.ts';
import type { Rng } from '../core/rng.ts';
import { readCount } from '../core/read-state.ts';
import { EntryList } from './entry-list.ts';
import type { BufferLimits, FindExample, ReplayBuffer, ReplayEntry } from './replay-buffer.ts';

/**
 * A uniform sample of everything seen, of bounded size (Vitter 1985, algorithm R; `ReservoirSamplingBuffer` in Avalanche). Where the bytes run
 * out before the places do, entries drawn at random make room.
 */
export class ReservoirBuffer implements ReplayBuffer {
  readonly usesLosses = false;
  readonly #limits: BufferLimits;
  readonly #list = new EntryList();
  #seen = 0;

  constructor(limits: BufferLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#list.length;
  }

  get bytes(): number {
    return this.#list.bytes;
  }

  entries(): readonly ReplayEntry[] {
    return this.#list.all;
  }

  /** Draws from `rng` once when a limit is reached, never before. */
  update(entry: ReplayEntry, rng: Rng): boolean {
    const { capacity, byteBudget = Infinity } = this.#limits;
    this.#seen++;
    if (entry.bytes > byteBudget) return false;
    const size = this.#list.length;
    if (size < capacity && this.#list.bytes + entry.bytes <= byteBudget) {
      this.#list.push(entry);
      return true;
    }
    const place = rng.nextInt(this.#seen);
    if (place >= size) return false;
    this.#list.replace(place, entry);
    while (this.#list.bytes > byteBudget) this.#removeOther(entry, rng);
    return true;
  }

  #removeOther(entry: ReplayEntry, rng: Rng): void {
    const place = rng.nextInt(this.#list.length);
    if (this.#list.all[place] !== entry) this.#list.removeAt(place);
  }

  sample(count: number, rng: Rng): ReplayEntry[] {
    return this.#list.sample(count, rng);
  }

  state(): { keys: number[]; part: PartState } {
    const { keys, part } = this.#list.state();
    return { keys, part: { ...part, values: { seen: this.#seen } } };
  }

  restore(state: { readonly keys: readonly number[]; readonly part: PartState }, find: FindExample): void {
    const seen = readCount(state.part, 'seen', state.keys.length, Number.MAX_SAFE_INTEGER);
    this.#list.restore(state, find);
    this.#seen = seen;
  }
}
