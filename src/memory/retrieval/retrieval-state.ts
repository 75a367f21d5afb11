import * as v from 'valibot';
import type { Json, PartState, StateTensor } from '../../core/part-state.ts';
import { TendrilError } from '../../errors.ts';
import type { EntryBook } from './entry-book.ts';
import type { EntryVectors } from './entry-vectors.ts';
import { feedbackRecord, itemRecord, type FeedbackEntry, type HeldVector, type ItemEntry } from './retrieval-entry.ts';

const stateValues = v.strictObject({
  format: v.literal(1),
  sequence: v.pipe(v.number(), v.integer(), v.minValue(0)),
  items: v.array(itemRecord),
  feedback: v.array(feedbackRecord),
});
type StateValues = v.InferOutput<typeof stateValues>;

interface ParsedState extends StateValues {
  /** Vectors of the entries that have one, items first, one after the other. */
  readonly vectors: Float32Array;
}

/** All entries as records, and their vectors one after the other in the order of the records. */
export function retrievalState(book: EntryBook, vectors: EntryVectors, sequence: number): PartState {
  const entries = [...book.items.values(), ...book.feedback.values()];
  const held = entries.flatMap(({ vector }) => (vector ? [vectors.values(vector)] : []));
  const joined = new Float32Array(held.reduce((total, { length }) => total + length, 0));
  let at = 0;
  for (const vector of held) {
    joined.set(vector, at);
    at += vector.length;
  }
  const record = (entry: ItemEntry | FeedbackEntry): Json => {
    const { bytes: _, vector, ...rest } = entry;
    const note = vector && { spaceId: vector.spaceId, size: vectors.sizeOf(vector) };
    return structuredClone({ ...rest, vector: note }) as unknown as Json;
  };
  const items = [...book.items.values()].map(record);
  const feedback = [...book.feedback.values()].map(record);
  return { tensors: { vectors: joined }, values: { format: 1, sequence, items, feedback } };
}

/** @throws CHECKPOINT_CORRUPT */
export function parseRetrievalState({ tensors, values }: PartState): ParsedState {
  const parsed = v.safeParse(stateValues, structuredClone(values));
  if (!parsed.success) throw corrupt(v.summarize(parsed.issues));
  const vectors = floats(tensors['vectors']);
  const { items, feedback, sequence } = parsed.output;
  const total = [...items, ...feedback].reduce((sum, { vector }) => sum + (vector?.size ?? 0), 0);
  if (total !== vectors.length) throw corrupt(`the vectors have ${vectors.length} numbers instead of ${total}`);
  checkSequences([...items, ...feedback], sequence);
  const current = items.filter(({ supersededBy }) => supersededBy === null);
  if (new Set(current.map(({ id }) => id)).size !== current.length) throw corrupt('an item is there twice');
  return { ...parsed.output, vectors };
}

function floats(tensor: StateTensor | undefined): Float32Array {
  if (tensor instanceof Float32Array && tensor.every(Number.isFinite)) return tensor;
  throw corrupt('"vectors" is not an array of finite 32-bit numbers');
}

function checkSequences(records: readonly { readonly sequence: number }[], next: number): void {
  const sequences = new Set(records.map(({ sequence }) => sequence));
  if (sequences.size !== records.length) throw corrupt('two entries have one sequence number');
  if (records.some(({ sequence }) => sequence >= next)) throw corrupt('a sequence number is still to come');
}

/** Gives each record its vector back, in the order that {@link retrievalState} wrote them. @throws CHECKPOINT_CORRUPT before it takes anything up */
export function restoredVectors(state: ParsedState, vectors: EntryVectors): HeldVector[] {
  const records = [...state.items, ...state.feedback];
  for (const { vector } of records) {
    if (vector?.spaceId !== vectors.spaceId || vector.size === vectors.size) continue;
    throw corrupt(`a vector of ${vector.spaceId} has ${vector.size} numbers`);
  }
  let at = 0;
  return records.map((record) => {
    const text = 'queryText' in record ? (record.queryText ?? undefined) : record.text;
    const counts = record.supersededBy === null || 'queryText' in record;
    if (!record.vector) return counts ? vectors.hold({ text }) : null;
    const { spaceId, size } = record.vector;
    at += size;
    return vectors.restore(spaceId, state.vectors.subarray(at - size, at), text);
  });
}

function corrupt(reason: string): TendrilError {
  return new TendrilError('CHECKPOINT_CORRUPT', { reason: `retrieval store: ${reason}` });
}
