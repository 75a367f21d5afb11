import * as v from 'valibot';
import { itemFields, type ParsedItem } from './retrieval-event.ts';

/** What the store keeps, with its provenance. Entries are marked, not overwritten: what replaced one is written on it. */

const eventId = v.pipe(v.string(), v.minLength(1));
const finite = v.pipe(v.number(), v.finite());
const provenance = {
  /** Grows with every entry; older entries have lower ones. */
  sequence: v.pipe(v.number(), v.integer(), v.minValue(0)),
  eventId,
  atMs: finite,
  source: v.string(),
  /** Event that took this entry's place, or took it out; null while it counts. */
  supersededBy: v.nullable(eventId),
};
/** Where the entry's vector is from, and its size; null where there is none yet. */
const vectorNote = v.nullable(
  v.strictObject({ spaceId: v.string(), size: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(4096)) }),
);

const { id, text, answer, features } = itemFields;
export const itemRecord = v.strictObject({ ...provenance, id, text, answer, features, vector: vectorNote });
export const feedbackRecord = v.strictObject({
  ...provenance,
  kind: v.picklist(['up', 'down', 'corrected']),
  /** The item that was praised or refused; null where a correction refuses none. */
  itemId: v.nullable(v.string()),
  /** The right answer of a correction, else null. */
  acceptedId: v.nullable(v.string()),
  queryText: v.nullable(v.string()),
  vector: vectorNote,
});

/** A vector of the store's space lies in its table, one of another space waits beside the entry. */
export type HeldVector =
  | { readonly spaceId: string; readonly slot: number }
  | { readonly spaceId: string; readonly values: Float32Array }
  | null;

type Provenance = v.InferOutput<v.StrictObjectSchema<typeof provenance, undefined>>;
interface Held {
  vector: HeldVector;
  /** Estimate of what the entry takes in memory. */
  bytes: number;
}

export interface ItemEntry extends Provenance, Held, Omit<ParsedItem, 'embedding'> {}
export interface FeedbackEntry extends Provenance, Held {
  readonly kind: 'up' | 'down' | 'corrected';
  readonly itemId: string | null;
  readonly acceptedId: string | null;
  readonly queryText: string | null;
}

/** Object, map entry and numbers, measured roughly; texts count two bytes a character, vectors four a number. */
const OVERHEAD_BYTES = 200;

export function itemBytes(item: Pick<ItemEntry, 'id' | 'text' | 'answer' | 'features'>, vectorSize: number): number {
  const { id: name, text: words = '', answer: payload, features: known } = item;
  const characters = name.length + words.length + JSON.stringify([payload, known]).length;
  return OVERHEAD_BYTES + 2 * characters + 4 * vectorSize;
}

export function feedbackBytes(entry: Pick<FeedbackEntry, 'queryText'>, vectorSize: number): number {
  return OVERHEAD_BYTES + 2 * (entry.queryText?.length ?? 0) + 4 * vectorSize;
}
