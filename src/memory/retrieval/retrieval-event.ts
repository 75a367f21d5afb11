import * as v from 'valibot';
import type { Json } from '../../core/part-state.ts';
import { TendrilError } from '../../errors.ts';

const id = v.pipe(v.string(), v.minLength(1), v.maxLength(1000));
const text = v.pipe(v.string(), v.maxLength(100_000));
const finite = v.pipe(v.number(), v.finite());
const featureValue = v.union([finite, v.string(), v.null(), v.array(v.string()), v.array(finite)]);

const NOT_DESCRIBED = 'neither a text nor an embedding';

/** Plain JSON, up to 32 levels deep. */
const json = v.custom<Json>((value) => isJson(value, 32), 'not plain JSON');

/** A vector together with the space that it is from. */
const embedding = v.strictObject({ spaceId: id, vector: v.array(finite) });

export const itemFields = {
  id,
  /** What the item is found by, unless an embedding is given. */
  text: v.optional(text),
  /** What is handed back when it is found. */
  answer: json,
  features: v.optional(v.record(id, featureValue), {}),
  embedding: v.optional(embedding),
};
const retrievalItem = v.pipe(
  v.strictObject(itemFields),
  v.check((value) => isDescribed(value), NOT_DESCRIBED),
);
const retrievalQuery = v.pipe(
  v.strictObject({ text: v.optional(text), embedding: v.optional(embedding) }),
  v.check((value) => isDescribed(value), NOT_DESCRIBED),
);

/** In every event. `eventId` makes a second delivery harmless and is what provenance refers to. */
const common = {
  eventId: id,
  atMs: finite,
  /** Who says so: a visitor, an import, an editor … */
  source: id,
};
const added = v.strictObject({ ...common, kind: v.literal('added'), item: retrievalItem });
const removed = v.strictObject({ ...common, kind: v.literal('removed'), itemId: id });
const up = v.strictObject({ ...common, kind: v.literal('up'), itemId: id, query: retrievalQuery });
const down = v.strictObject({ ...common, kind: v.literal('down'), itemId: id, query: retrievalQuery });
/** "Not this, that": the right answer is an item of the store, or comes along. */
const corrected = v.strictObject({
  ...common,
  kind: v.literal('corrected'),
  query: retrievalQuery,
  rejectedId: v.nullable(id),
  accepted: v.union([v.strictObject({ itemId: id }), v.strictObject({ item: retrievalItem })]),
});
const retrievalEvent = v.variant('kind', [added, removed, up, down, corrected]);

export type RetrievalEvent = v.InferInput<typeof retrievalEvent>;
export type ParsedRetrievalEvent = v.InferOutput<typeof retrievalEvent>;
export type ParsedItem = v.InferOutput<typeof retrievalItem>;
export type FeedbackEvent = Extract<ParsedRetrievalEvent, { kind: 'up' | 'down' | 'corrected' }>;
export type RetrievalQuery = v.InferInput<typeof retrievalQuery>;

/** @throws INVALID_DATA with the place and the reason */
export function parseRetrievalEvent(event: unknown): ParsedRetrievalEvent {
  const result = v.safeParse(retrievalEvent, event);
  if (result.success) return result.output;
  throw new TendrilError('INVALID_DATA', { reason: v.summarize(result.issues) });
}

export function parseRetrievalQuery(query: unknown): v.InferOutput<typeof retrievalQuery> {
  const result = v.safeParse(retrievalQuery, query);
  if (result.success) return result.output;
  throw new TendrilError('INVALID_DATA', { reason: v.summarize(result.issues) });
}

function isDescribed(value: { text?: string | undefined; embedding?: unknown }): boolean {
  return value.text !== undefined || value.embedding !== undefined;
}

function isJson(value: unknown, levels: number): boolean {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true;
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object' || levels === 0) return false;
  if (Array.isArray(value)) return value.every((entry) => isJson(entry, levels - 1));
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return false;
  return Object.values(value).every((entry) => isJson(entry, levels - 1));
}
