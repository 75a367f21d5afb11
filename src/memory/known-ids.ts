import type { Transaction } from 'dexie';
import { placeOf, readRuns, RUN, runOf, type Run } from './id-runs.ts';

const FEWEST_SLOTS = 2048;

/**
 * Which experiences are in the log, as one connection knows: digests of their ids in memory, 4 bytes an experience and 8 to 16 to find them. What another tab
 * has appended is read inside of the transaction that has to know; what another has removed is still found, so that a find has to be looked up in the log.
 */
export class KnownIds {
  #connection: unknown = null;
  /** Every position before it is known. */
  #next = 1;
  /** Digests by run; those that have no experiences are missing. */
  #runs: (Run['digests'] | undefined)[] = [];
  /** Positions (below 2³²) by their digest, open addressing with linear probing; 0 for a free slot. */
  #slots = new Uint32Array(FEWEST_SLOTS);
  #taken = 0;

  /**
   * Reads what is not known yet.
   * @param connection another one than before may be to another database of the same name
   * @param next the position that the next experience gets
   */
  async catchUp(transaction: Transaction, connection: unknown, next: number): Promise<void> {
    if (connection !== this.#connection || next < this.#next) this.#forgetAll(connection);
    if (next === this.#next) return;
    this.#take(await readRuns(transaction, runOf(this.#next), runOf(next - 1)), next);
  }

  /** Log positions that may be those of an experience with this digest. */
  find(digest: number): number[] {
    const found: number[] = [];
    const mask = this.#slots.length - 1;
    for (let slot = digest & mask; ; slot = (slot + 1) & mask) {
      const position = this.#slots[slot] ?? 0;
      if (position === 0) return found;
      if (this.#digestAt(position) === digest) found.push(position);
    }
  }

  /** The runs that have to be stored with new experiences, as they are then. @param digests of positions from `next` on, all before it being known */
  extended(next: number, digests: readonly number[]): Run[] {
    const runs: Run[] = [];
    for (let taken = 0; taken < digests.length;) {
      const [run, place] = [runOf(next + taken), placeOf(next + taken)];
      const added = digests.slice(taken, taken + RUN - place);
      const extended = new Uint32Array(place + added.length);
      extended.set(this.#runs[run]?.subarray(0, place) ?? []);
      extended.set(added, place);
      runs.push({ run, digests: extended });
      taken += added.length;
    }
    return runs;
  }

  /** Takes over what was stored, once that is certain. @param first position of what is new @param next position after it */
  adopt(runs: readonly Run[], connection: unknown, first: number, next: number): void {
    // Where somebody else was faster, it is read with the next transaction.
    if (connection === this.#connection && first === this.#next) this.#take(runs, next);
  }

  #take(runs: readonly Run[], next: number): void {
    if (next <= this.#next) return;
    this.#growFor(runs.reduce((sum, { digests }) => sum + digests.length, 0));
    for (const { run, digests } of runs) this.#runs[run] = digests;
    for (; this.#next < next; this.#next++) {
      if (this.#digestAt(this.#next) !== 0) this.#insert(this.#next);
    }
  }

  #insert(position: number): void {
    const mask = this.#slots.length - 1;
    let slot = this.#digestAt(position) & mask;
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
    this.#slots[slot] = position;
    this.#taken++;
  }

  /** Half of the slots stay free: the searches are short then, and end. @param added positions at most */
  #growFor(added: number): void {
    let { length } = this.#slots;
    while (length < 2 * (this.#taken + added)) length *= 2;
    if (length === this.#slots.length) return;
    const before = this.#slots;
    this.#slots = new Uint32Array(length);
    this.#taken = 0;
    for (const position of before) if (this.#digestAt(position) !== 0) this.#insert(position);
  }

  #digestAt(position: number): number {
    return this.#runs[runOf(position)]?.[placeOf(position)] ?? 0;
  }

  #forgetAll(connection: unknown): void {
    this.#connection = connection;
    this.#next = 1;
    this.#runs = [];
    this.#slots = new Uint32Array(FEWEST_SLOTS);
    this.#taken = 0;
  }
}
