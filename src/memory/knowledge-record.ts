import * as v from 'valibot';

const position = v.pipe(v.number(), v.integer(), v.minValue(1));

/** One thing that was consolidated from the log, as the store needs to know it; what `value` holds is its maker's. */
export const knowledgeRecord = v.object({
  knowledgeId: v.string(),
  modelKey: v.string(),
  kind: v.string(),
  /** What it is about, among its kind. */
  key: v.string(),
  /** Grows by one with each that takes the place of another. */
  revision: v.number(),
  /** `knowledgeId` of the one before. */
  supersedes: v.nullable(v.string()),
  /** Null for the current one. */
  supersededAtMs: v.nullable(v.number()),
  madeAtMs: v.number(),
  /** Log positions that it was made of: a range, how many of it, and some of them. */
  sources: v.object({
    from: position,
    to: position,
    count: v.number(),
    positions: v.pipe(v.array(position), v.readonly()),
  }),
  value: v.unknown(),
});
export type KnowledgeRecord = v.InferOutput<typeof knowledgeRecord>;
