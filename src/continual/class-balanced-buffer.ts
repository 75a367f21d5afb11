import type { PartState } from '../core/part-state.ts';
import type { Rng } from '../core/rng.ts';
import { corrupt } from '../core/read-state.ts';
import { EntryList } from './entry-list.ts';
import { groupOf, type BufferLimits, type FindExample, type ReplayBuffer, type ReplayEntry } from './replay-buffer.ts';

interface Group {
  /** Examples offered. */
  seen: number;
  kept: number;
  /** Whether it has ever been the largest in a full buffer. */
  full: boolean;
}

/**
 * As many of every class as there is room for, whatever their shares in the stream (class-balancing reservoir sampling, Chrysakis and Moens
 * 2020, ICML; a class below the largest always gets in, at the cost of the largest, as in GDumb, Prabhu et al. 2020, doi 10.1007/978-3-030-58536-5_31). Within
 * a class what is kept is a uniform sample.
 */
export class ClassBalancedBuffer implements ReplayBuffer {
  readonly usesLosses: boolean = false;
  readonly #limits: BufferLimits;
  protected readonly list = new EntryList();
  readonly #groups = new Map<string, Group>();

  constructor(limits: BufferLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.list.length;
  }

  get bytes(): number {
    return this.list.bytes;
  }

  entries(): readonly ReplayEntry[] {
    return this.list.all;
  }

  update(entry: ReplayEntry, rng: Rng): boolean {
    const { capacity, byteBudget = Infinity } = this.#limits;
    const name = groupOf(entry.example);
    const group = this.#groupOf(name);
    group.seen++;
    if (entry.bytes > byteBudget) return false;
    if (this.list.length < capacity && this.list.bytes + entry.bytes <= byteBudget) {
      group.kept++;
      this.list.push(entry);
      return true;
    }
    const [largestName, largest] = this.#largest();
    for (const each of this.#groups.values()) if (each.kept === largest.kept) each.full = true;
    if (group.full && group.kept > 0) {
      if (rng.nextInt(group.seen) >= group.kept) return false;
      this.list.replace(
        this.leastWorth(() => this.#drawPlace(name, rng)),
        entry,
      );
    } else {
      this.list.replace(
        this.leastWorth(() => this.#drawPlace(largestName, rng)),
        entry,
      );
      largest.kept--;
      group.kept++;
    }
    while (this.list.bytes > byteBudget) this.#removeOther(entry, rng);
    return true;
  }

  /** Which place is given away. @param draw one of those in question, uniformly */
  protected leastWorth(draw: () => number): number {
    return draw();
  }

  /** A place of the group, uniformly: by trying places, because a list of all of them would cost more than learning the example. */
  #drawPlace(name: string, rng: Rng): number {
    const { all } = this.list;
    for (let tries = 0; tries < all.length; tries++) {
      const place = rng.nextInt(all.length);
      if (groupOf(all[place]!.example) === name) return place;
    }
    const places = this.#placesOf(name);
    return places[rng.nextInt(places.length)]!;
  }

  #removeOther(entry: ReplayEntry, rng: Rng): void {
    const isOther = (place: number): boolean => this.list.all[place] !== entry;
    const inLargest = this.#placesOf(this.#largest()[0]).filter(isOther);
    // The new entry may be alone in the largest class.
    const places = inLargest.length > 0 ? inLargest : [...this.list.all.keys()].filter(isOther);
    const removed = this.list.removeAt(this.leastWorth(() => places[rng.nextInt(places.length)]!));
    this.#groupOf(groupOf(removed.example)).kept--;
  }

  #groupOf(name: string): Group {
    const known = this.#groups.get(name);
    if (known) return known;
    const group: Group = { seen: 0, kept: 0, full: false };
    this.#groups.set(name, group);
    return group;
  }

  #placesOf(name: string): number[] {
    const places: number[] = [];
    this.list.all.forEach(({ example }, place) => {
      if (groupOf(example) === name) places.push(place);
    });
    return places;
  }

  #largest(): [string, Group] {
    return [...this.#groups].reduce((largest, group) => (group[1].kept > largest[1].kept ? group : largest));
  }

  sample(count: number, rng: Rng): ReplayEntry[] {
    return this.list.sample(count, rng);
  }

  state(): { keys: number[]; part: PartState } {
    const { keys, part } = this.list.state();
    const groups = [...this.#groups].map(([name, { seen, full }]) => [name, seen, full]);
    return { keys, part: { ...part, values: { groups } } };
  }

  restore(state: { readonly keys: readonly number[]; readonly part: PartState }, find: FindExample): void {
    const stored: unknown = state.part.values.groups;
    if (!Array.isArray(stored)) throw corrupt('the groups are missing');
    const groups = stored.map(readGroup);
    this.list.restore(state, find);
    this.#groups.clear();
    for (const [name, group] of groups) this.#groups.set(name, group);
    for (const { example } of this.list.all) this.#groupOf(groupOf(example)).kept++;
  }
}

function readGroup(stored: unknown): [string, Group] {
  const [name, seen, full] = (Array.isArray(stored) ? stored : []) as unknown[];
  const valid = typeof name === 'string' && typeof seen === 'number' && Number.isInteger(seen) && seen >= 0;
  if (!valid || typeof full !== 'boolean') throw corrupt('a group is not readable');
  return [name, { seen, kept: 0, full }];
}
