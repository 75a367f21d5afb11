import type { PartState } from '../core/part-state.ts';
import type { Rng } from '../core/rng.ts';
import { corrupt, readTensor } from '../core/read-state.ts';
import type { FindExample, ReplayEntry } from './replay-buffer.ts';

/** The entries of a buffer with their total size, and their state: keys, and one array for each thing kept beside an example. */
export class EntryList {
  readonly #entries: ReplayEntry[] = [];
  #bytes = 0;

  get all(): readonly ReplayEntry[] {
    return this.#entries;
  }

  get length(): number {
    return this.#entries.length;
  }

  get bytes(): number {
    return this.#bytes;
  }

  push(entry: ReplayEntry): void {
    this.#entries.push(entry);
    this.#bytes += entry.bytes;
  }

  replace(index: number, entry: ReplayEntry): void {
    this.#bytes += entry.bytes - this.#entries[index]!.bytes;
    this.#entries[index] = entry;
  }

  /** The last entry takes the place of the one that goes. */
  removeAt(index: number): ReplayEntry {
    const removed = this.#entries[index]!;
    const last = this.#entries.pop();
    if (last && last !== removed) this.#entries[index] = last;
    this.#bytes -= removed.bytes;
    return removed;
  }

  /** Uniform, with replacement. */
  sample(count: number, rng: Rng): ReplayEntry[] {
    const size = this.#entries.length;
    if (size === 0) return [];
    return Array.from({ length: count }, () => this.#entries[rng.nextInt(size)]!);
  }

  state(): { keys: number[]; part: PartState } {
    const entries = this.#entries;
    const logits = entries.flatMap((entry) => [...(entry.logits ?? [])]);
    const tensors = {
      bytes: Float64Array.from(entries, (entry) => entry.bytes),
      losses: Float64Array.from(entries, (entry) => entry.loss),
      // −1 where none are kept.
      logitCounts: Int32Array.from(entries, (entry) => entry.logits?.length ?? -1),
      logits: Float32Array.from(logits),
    };
    return { keys: entries.map((entry) => entry.key), part: { tensors, values: {} } };
  }

  restore({ keys, part }: { keys: readonly number[]; part: PartState }, find: FindExample): void {
    if (new Set(keys).size !== keys.length) throw corrupt('a replayed position is there twice');
    const bytes = readTensor(part, 'bytes', 'f64', keys.length);
    const losses = readTensor(part, 'losses', 'f64', keys.length);
    const counts = readTensor(part, 'logitCounts', 'i32', keys.length);
    if (bytes.some((value) => value < 0)) throw corrupt('bytes has a value below 0');
    const logits = readTensor(
      part,
      'logits',
      'f32',
      counts.reduce((sum, count) => sum + Math.max(0, count), 0),
    );
    this.#entries.splice(0);
    this.#bytes = 0;
    let at = 0;
    keys.forEach((key, index) => {
      const count = counts[index]!;
      const own = count < 0 ? null : logits.slice(at, at + count);
      at += Math.max(0, count);
      const example = find(key);
      if (example) this.push({ key, example, bytes: bytes[index]!, logits: own, loss: losses[index]! });
    });
  }
}
