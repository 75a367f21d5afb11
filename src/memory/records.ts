import * as v from 'valibot';
import { TendrilError } from '../errors.ts';
import { isPlainExperience } from './experience-check.ts';

/** What is stored on the device, one schema a table. Records are parsed when read: storage is shared with the host page. */

const list = <T extends v.GenericSchema>(entry: T) => v.pipe(v.array(entry), v.readonly());
const featureValue = v.union([v.number(), v.string(), v.null(), list(v.string()), list(v.number())]);
const features = v.pipe(v.record(v.string(), featureValue), v.readonly());
/** Who said so; absent for the visitor. */
const source = v.optional(v.string());
/** By the visitor's own clock when the decision was taken; see `LocalTime`. */
const when = v.optional(
  v.object({
    weekday: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(6)),
    hour: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(23)),
  }),
);
const modelReference = v.object({ modelVersion: v.nullable(v.number()), learnedTo: v.number() });

/** What was observed, by type; what is learned of signals names them, so that one type of them can be forgotten. */
const signals = v.pipe(v.record(v.string(), v.number()), v.readonly());

const classificationPayload = v.object({
  kind: v.literal('classification'),
  input: features,
  label: v.string(),
  signals: v.optional(signals),
  weight: v.number(),
  source,
});
const regressionPayload = v.object({
  kind: v.literal('regression'),
  input: features,
  value: v.number(),
  weight: v.number(),
  source,
});
const forecastingPayload = v.object({
  kind: v.literal('forecasting'),
  /** Index of the step in the series. */
  time: v.number(),
  /** null where it was not observed. */
  value: v.nullable(v.number()),
  features,
  /** Features of the steps after it, as far as they were known then. */
  known: list(features),
});
const retrievalPayload = v.object({
  kind: v.literal('retrieval'),
  /** One change of the retrieval store; the store parses it when it applies it. */
  event: v.record(v.string(), v.unknown()),
  signals: v.optional(signals),
});
const rankingPayload = v.object({
  kind: v.literal('ranking'),
  context: features,
  candidateId: v.string(),
  candidate: features,
  /** In [0, 1], higher is better. */
  reward: v.number(),
  /** What was observed of the visit; a task that declares a reward makes the reward of it. */
  signals: v.optional(signals),
  /** Signals whose value is a lower bound. */
  censored: v.optional(list(v.string())),
  /** What the visitor said, in [0, 1]. */
  satisfaction: v.optional(v.number()),
  propensity: v.number(),
  /** 0 is the first place. */
  slot: v.number(),
  /** Of what stood first: whether the version that served and the challenger would have put it there, and what the former had learned up to. */
  first: v.optional(v.object({ servedTo: v.number(), champion: v.boolean(), challenger: v.boolean() })),
  weight: v.number(),
  when,
  source,
});

/** One learned interaction: what was known, what was decided, what came of it. */
export const experienceRecord = v.object({
  /** Makes writing idempotent: one experience, one id, however often it is delivered. */
  experienceId: v.string(),
  decisionId: v.string(),
  modelKey: v.string(),
  observedAtMs: v.number(),
  /** The experience that this one takes the place of: what came later changed what came of the decision. */
  supersedes: v.optional(v.string()),
  payload: v.variant('kind', [
    classificationPayload,
    rankingPayload,
    regressionPayload,
    forecastingPayload,
    retrievalPayload,
  ]),
});
export type ExperienceRecord = v.InferOutput<typeof experienceRecord>;
export type ExperiencePayload = ExperienceRecord['payload'];

const storedExperience = v.object({
  ...experienceRecord.entries,
  position: v.pipe(v.number(), v.integer(), v.minValue(1)),
});
export type StoredExperience = v.InferOutput<typeof storedExperience>;

const rankingDecision = v.object({
  kind: v.literal('ranking'),
  context: features,
  /** Keys into the catalogue table, in the order that was served. */
  candidateKeys: v.array(v.string()),
  /** [slots]: chance of each placed candidate, given those before it. Positions past its length followed the model's order. */
  propensities: v.array(v.number()),
  scores: v.array(v.number()),
  /** Whose order was to be shown, as it was drawn or decided before anything else; absent where nothing was. */
  arm: v.optional(v.picklist(['model', 'host'])),
  /** Keys of what the model would have put first, where the page's order was shown. */
  shadow: v.optional(v.array(v.string())),
  /** Keys of what the version that serves and the challenger would have put first, and more of the latter's order: it was not shown. */
  challenger: v.optional(
    v.object({ learnedTo: v.number(), servedTo: v.number(), champion: v.string(), order: v.array(v.string()) }),
  ),
  /** How the places were filled. */
  policy: v.optional(v.string()),
  /** Version of the reward that the scores were learned from, where the task declares one. */
  rewardVersion: v.optional(v.string()),
  when,
});
const classificationDecision = v.object({
  kind: v.literal('classification'),
  input: features,
  probabilities: v.record(v.string(), v.number()),
});
const interval = { value: v.number(), lower: v.number(), upper: v.number() };
const regressionDecision = v.object({
  kind: v.literal('regression'),
  input: features,
  ...interval,
});
const forecastingDecision = v.object({
  kind: v.literal('forecasting'),
  steps: v.array(v.object({ time: v.number(), ...interval })),
});
const retrievalDecision = v.object({
  kind: v.literal('retrieval'),
  /** As it goes into an event of the store. */
  query: v.object({
    text: v.optional(v.string()),
    embedding: v.optional(v.object({ spaceId: v.string(), vector: v.array(v.number()) })),
  }),
  found: v.array(v.object({ id: v.string(), score: v.number() })),
});

/** Everything that an audit or an off-policy estimate needs, written at decision time. */
export const decisionRecord = v.object({
  decisionId: v.string(),
  taskId: v.string(),
  modelKey: v.string(),
  decidedAtMs: v.number(),
  /** Whose answer the visitor saw. */
  servedBy: v.picklist(['model', 'host']),
  model: modelReference,
  seed: v.number(),
  payload: v.variant('kind', [
    rankingDecision,
    classificationDecision,
    regressionDecision,
    forecastingDecision,
    retrievalDecision,
  ]),
});
export type DecisionRecord = v.InferOutput<typeof decisionRecord>;
export type RankingDecision = v.InferOutput<typeof rankingDecision>;
export type RetrievalDecision = v.InferOutput<typeof retrievalDecision>;

export const catalogueRecord = v.object({
  /** Candidate id and a hash of its features: a changed candidate is a new entry. */
  candidateKey: v.string(),
  candidateId: v.string(),
  features,
});
export type CatalogueRecord = v.InferOutput<typeof catalogueRecord>;

/** A stored model. `learnedTo` is the log position learned up to, kept in the same record as the weights. */
export const checkpointRecord = v.object({
  modelKey: v.string(),
  /** Grows by one with every checkpoint of this model. */
  generation: v.number(),
  learnedTo: v.number(),
  modelVersion: v.nullable(v.number()),
  savedAtMs: v.number(),
  /** SHA-256 of `bytes`, hex. */
  digest: v.string(),
  /** How often something had been forgotten when it was learned (see `Store.forget`); absent for 0. */
  epoch: v.exactOptional(v.number()),
  /** Which versions serve and compete, as of this log position: parsed where versions are kept. Absent for a model that serves as it learns. */
  lineage: v.exactOptional(v.unknown()),
  bytes: v.instance(Uint8Array<ArrayBuffer>),
});
export type CheckpointRecord = v.InferOutput<typeof checkpointRecord>;

/** A version of a model that has served, or was to serve. Immutable, named by its content. */
export const versionRecord = v.object({
  modelKey: v.string(),
  /** SHA-256 of `bytes`, hex. */
  digest: v.string(),
  /** Log position that it has learned up to. */
  trainedTo: v.number(),
  createdAtMs: v.number(),
  /** Where it comes from and how it passed its gate: parsed where versions are kept. */
  about: v.unknown(),
  /** A checkpoint, as safetensors. */
  bytes: v.instance(Uint8Array<ArrayBuffer>),
});
export type VersionRecord = v.InferOutput<typeof versionRecord>;

/** Which schema a task was last used with on this device. */
export const taskRecord = v.object({
  taskId: v.string(),
  schemaHash: v.string(),
  registeredAtMs: v.number(),
});
export type TaskRecord = v.InferOutput<typeof taskRecord>;

/** @throws STORAGE_FAILED when a stored record is not what was written */
export function parseRecord<T>(schema: v.GenericSchema<unknown, T>, record: unknown, table: string): T {
  const result = v.safeParse(schema, record);
  if (result.success) return result.output;
  throw new TendrilError('STORAGE_FAILED', { reason: `table ${table}: ${v.summarize(result.issues)}` });
}

export function isRecord<T>(schema: v.GenericSchema<unknown, T>, record: unknown): record is T {
  return v.is(schema, record);
}

export function isExperience(record: unknown): record is StoredExperience {
  return isPlainExperience(record) || v.is(storedExperience, record);
}

/** @throws STORAGE_FAILED */
export function parseExperience(record: unknown): StoredExperience {
  if (isPlainExperience(record)) return record as StoredExperience;
  return parseRecord(storedExperience, record, 'experiences');
}
