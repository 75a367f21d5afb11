import * as v from 'valibot';
import { knowledgeRecord } from '../knowledge-record.ts';
import { experienceRecord, parseRecord } from '../records.ts';

/** What long-term memory holds, one record an entry and revision. A value of null: there is nothing any more under this key. */

const finite = v.pipe(v.number(), v.finite());
const list = <T extends v.GenericSchema>(entry: T) => v.pipe(v.array(entry), v.readonly());

/** An episode worth keeping when the log is pruned: what happened, to be rehearsed. */
const exemplar = v.object({
  experienceId: v.string(),
  observedAtMs: finite,
  payload: experienceRecord.entries.payload,
  /** Its class: a label, or `liked` or `passed` for a ranking. */
  label: v.string(),
  /** Key of the recurring context that it is from; null where none is known. */
  context: v.nullable(v.string()),
});

/** A region of inputs that occurs. */
const prototype = v.object({
  /** Its middle in the hashed view of features (see `FeatureView`). */
  centre: list(finite),
  /** Root mean square distance from it. */
  radius: finite,
  /** Episodes, decayed. */
  weight: finite,
  /** Mean reward of a ranking; null for other kinds. */
  reward: v.nullable(finite),
  /** Labels to their shares, the most frequent ones. */
  labels: v.record(v.string(), finite),
  /** Log position of the episode that was nearest to it. */
  typical: finite,
});

const halfLifeStatistics = v.object({
  /** Half-life in days. */
  days: finite,
  /** Episodes, decayed. */
  weight: finite,
  /** Mean reward, pulled towards that of everything where there is little. */
  reward: finite,
  /** Against everything: above 0 is liked. */
  lift: finite,
  /** Of a number: its mean and deviation where it was seen, and its mean where it was liked, weighted by reward. */
  number: v.nullable(v.object({ mean: finite, deviation: finite, likedMean: v.nullable(finite) })),
});

/** How much one item, one value of a feature, or larger and smaller values of a number are liked. */
const preference = v.object({
  of: v.picklist(['item', 'feature', 'number']),
  /** Name of the feature; of an item its id. */
  name: v.string(),
  /** Null but for `feature`. */
  value: v.nullable(v.string()),
  /** The last episode. */
  atMs: finite,
  halfLives: list(halfLifeStatistics),
});

/** Times of the week at which the visitor is after the same, and after something else than at other times. */
const context = v.object({
  /** Cells of four hours: 6 · weekday + hour / 4, weekday 0 being Sunday. */
  cells: list(finite),
  /** What the cells were told apart by: `item`, `label` or the name of a feature. */
  by: v.string(),
  /** Episodes, decayed. */
  weight: finite,
  /** Its strongest tastes: value to rate (mean reward, or share of a label) here and everywhere. */
  tastes: list(v.object({ value: v.string(), weight: finite, rate: finite, everywhere: finite })),
});

const { kind: _kind, value: _value, ...common } = knowledgeRecord.entries;
const entry = <K extends string, T extends v.GenericSchema>(kind: K, value: T) =>
  v.object({ ...common, kind: v.literal(kind), value: v.nullable(value) });
const knowledge = v.variant('kind', [
  entry('exemplar', exemplar),
  entry('prototype', prototype),
  entry('preference', preference),
  entry('context', context),
]);

export type KnowledgeRecord = v.InferOutput<typeof knowledge>;
export type KnowledgeKind = KnowledgeRecord['kind'];
export type ExemplarValue = v.InferOutput<typeof exemplar>;
export type PrototypeValue = v.InferOutput<typeof prototype>;
export type PreferenceValue = v.InferOutput<typeof preference>;
export type ContextValue = v.InferOutput<typeof context>;

export const knowledgeKinds = [
  'exemplar',
  'prototype',
  'preference',
  'context',
] as const satisfies readonly KnowledgeKind[];

/** @throws STORAGE_FAILED for a record that is none of these */
export const parseKnowledge = (record: unknown): KnowledgeRecord => parseRecord(knowledge, record, 'knowledge');
