import * as v from 'valibot';
import type { Rng } from '../../core/rng.ts';
import { experienceRecord } from '../records.ts';
import type { Episode } from './episode.ts';
import type { ExemplarValue } from './knowledge.ts';

/** Exemplars kept of one model. */
export const EXEMPLARS = 256;
/** Classes and contexts that are told apart; what is beyond them shares one. */
const MAX_GROUPS = 512;
/** The one that goes is the one needed least of so many. */
const COMPARED = 2;

const finite = v.pipe(v.number(), v.finite());
const held = v.object({
  position: finite,
  group: v.string(),
  need: finite,
  /** Null once it was written. */
  pending: v.nullable(
    v.object({
      experienceId: v.string(),
      observedAtMs: finite,
      payload: experienceRecord.entries.payload,
      label: v.string(),
      context: v.nullable(v.string()),
    }),
  ),
});
export const exemplarsSchema = v.object({
  slots: v.pipe(v.array(v.nullable(held)), v.maxLength(EXEMPLARS)),
  seen: v.pipe(v.array(v.tuple([v.string(), finite])), v.maxLength(MAX_GROUPS + 1)),
  emptied: v.pipe(v.array(finite), v.maxLength(EXEMPLARS)),
  dropped: finite,
});
export type ExemplarsState = v.InferOutput<typeof exemplarsSchema>;

/** Group of what is beyond the groups that are told apart. */
const OTHERS = JSON.stringify(['', null]);

interface Held {
  readonly position: number;
  /** Class and context. */
  readonly group: string;
  readonly need: number;
  pending: ExemplarValue | null;
}

/**
 * Episodes kept for rehearsal, balanced over classes and recurring contexts: class-balancing reservoir sampling (Chrysakis and Moens 2020, ICML) with a class
 * for each pair of both. While there is room everything is kept; then an episode of a group that is not the largest takes the place of one of the largest,
 * and one of the largest group stays with the chance of a reservoir over its group. Which one goes is the one of two drawn at random that is needed less:
 * what the visitor said, and what differs from what was to be expected of the item, is needed more than what was seen in part or was expected.
 */
export class Exemplars {
  readonly #capacity: number;
  #slots: (Held | null)[] = [];
  #seen = new Map<string, number>();
  #sizes = new Map<string, number>();
  #emptied = new Set<number>();
  /** Episodes that were not taken or had to go, ever. */
  dropped = 0;

  constructor(capacity = EXEMPLARS) {
    this.#capacity = capacity;
  }

  /** Takes back an exemplar that was written when the state has been lost: its episode may no longer be in the log. */
  adopt(slot: number, position: number, value: ExemplarValue): void {
    if (!Number.isInteger(slot) || slot < 0 || slot >= this.#capacity) return;
    while (this.#slots.length < slot) this.#slots.push(null);
    const group = this.#groupOf(value.label, value.context);
    this.#put(slot, { position, group, need: 0, pending: null });
  }

  /** @param surprise in [0, 1] @param context key of the recurring context, null where none is known */
  add(episode: Episode, surprise: number, context: string | null, rng: Rng): void {
    const group = this.#groupOf(episode.label, context);
    const seen = (this.#seen.get(group) ?? 0) + 1;
    this.#seen.set(group, seen);
    if (this.#slotOf(episode.position) !== -1) return;
    const need = (episode.said ? 1 : 0) + surprise - (episode.censored ? 0.5 : 0);
    const { experienceId, observedAtMs, payload } = episode.experience;
    const pending = { experienceId, observedAtMs, payload, label: episode.label, context };
    const slot = this.#slotFor(group, seen, rng);
    if (slot === null) this.dropped++;
    else this.#put(slot, { position: episode.position, group, need, pending });
  }

  /** What came of an episode has changed. @param after null takes it back */
  revise(position: number, after: Episode | null): void {
    const slot = this.#slotOf(position);
    const before = this.#slots[slot];
    if (!before) return;
    this.#put(slot, null);
    if (!after || this.#slotOf(after.position) !== -1) {
      this.#emptied.add(slot);
      return;
    }
    const context = contextOf(before.group);
    const { experienceId, observedAtMs, payload } = after.experience;
    const pending = { experienceId, observedAtMs, payload, label: after.label, context };
    const group = this.#groupOf(after.label, context);
    this.#seen.set(group, Math.max(1, this.#seen.get(group) ?? 0));
    this.#put(slot, { position: after.position, group, need: before.need, pending });
  }

  get kept(): number {
    return this.#slots.filter((entry) => entry !== null).length;
  }

  /** Those that changed since the last call, by slot; null for one that is empty now. */
  changed(): { slot: number; position: number; value: ExemplarValue | null }[] {
    const given: { slot: number; position: number; value: ExemplarValue | null }[] = [];
    this.#slots.forEach((entry, slot) => {
      if (!entry && this.#emptied.has(slot)) given.push({ slot, position: 0, value: null });
      if (!entry?.pending) return;
      given.push({ slot, position: entry.position, value: entry.pending });
      entry.pending = null;
    });
    this.#emptied.clear();
    return given;
  }

  state(): ExemplarsState {
    return { slots: this.#slots, seen: [...this.#seen], emptied: [...this.#emptied], dropped: this.dropped };
  }

  restore({ slots, seen, emptied, dropped }: ExemplarsState): void {
    this.#slots = slots;
    this.#seen = new Map(seen);
    this.#emptied = new Set(emptied);
    this.dropped = dropped;
    this.#sizes = new Map();
    for (const entry of slots) if (entry) this.#resize(entry.group, 1);
  }

  /** @returns -1 where none holds it */
  #slotOf(position: number): number {
    for (let slot = 0; slot < this.#slots.length; slot++) if (this.#slots[slot]?.position === position) return slot;
    return -1;
  }

  /** @returns null where the episode is not taken */
  #slotFor(group: string, seen: number, rng: Rng): number | null {
    const free = this.#slots.indexOf(null);
    if (free !== -1) return free;
    if (this.#slots.length < this.#capacity) return this.#slots.length;
    const own = this.#sizes.get(group) ?? 0;
    const largest = Math.max(...this.#sizes.values());
    if (own < largest) return this.#leastNeeded([...this.#sizes].filter(([, size]) => size === largest)[0]![0], rng);
    return rng.nextFloat() < own / seen ? this.#leastNeeded(group, rng) : null;
  }

  #leastNeeded(group: string, rng: Rng): number {
    const slots = [...this.#slots.keys()].filter((slot) => this.#slots[slot]?.group === group);
    let least = slots[rng.nextInt(slots.length)]!;
    for (let i = 1; i < COMPARED; i++) {
      const other = slots[rng.nextInt(slots.length)]!;
      if ((this.#slots[other]?.need ?? 0) < (this.#slots[least]?.need ?? 0)) least = other;
    }
    this.dropped++;
    return least;
  }

  #put(slot: number, entry: Held | null): void {
    const before = this.#slots[slot];
    if (before) this.#resize(before.group, -1);
    if (entry) this.#resize(entry.group, 1);
    this.#slots[slot] = entry;
  }

  #resize(group: string, by: 1 | -1): void {
    const size = (this.#sizes.get(group) ?? 0) + by;
    if (size > 0) this.#sizes.set(group, size);
    else this.#sizes.delete(group);
  }

  #groupOf(label: string, context: string | null): string {
    const group = JSON.stringify([label, context]);
    return this.#seen.has(group) || this.#seen.size < MAX_GROUPS ? group : OTHERS;
  }
}

function contextOf(group: string): string | null {
  return (JSON.parse(group) as [string, string | null])[1];
}
