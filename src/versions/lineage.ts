import * as v from 'valibot';
import { TendrilError } from '../errors.ts';
import { exemplars, noExemplars } from './exemplars.ts';

const whole = v.pipe(v.number(), v.integer(), v.minValue(0));
const digest = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));
const versionReference = v.object({
  digest,
  /** Log position that it has learned up to. */
  trainedTo: whole,
  /** Experiences that it has learned, of those that are not set aside. */
  learned: whole,
  /** Experiences that it was judged on while it served. */
  judged: whole,
  /** The registry's number; null where it has none. */
  modelVersion: v.nullable(v.number()),
});

/** A stretch of the log that made a version worse: it stays in the log, and is not learned. */
const quarantined = v.object({
  /** The first position is after this one. */
  after: whole,
  upTo: whole,
  /** The version that was gone back from. */
  digest,
  why: v.string(),
  atMs: v.number(),
});
const move = v.object({
  kind: v.picklist(['promoted', 'rolled-back', 'overruled']),
  /** What serves from then on. */
  to: digest,
  from: v.nullable(digest),
  /** Log position at which it happened. */
  position: whole,
  atMs: v.number(),
  /** Who moved it: `tendril`, or who called. */
  by: v.string(),
  why: v.string(),
});
const number = v.nullable(v.number());
export const gateReport = v.object({
  passed: v.boolean(),
  checks: v.array(
    v.object({ name: v.string(), passed: v.boolean(), value: number, threshold: number, explanation: v.string() }),
  ),
});

const lineage = v.object({
  champion: v.nullable(versionReference),
  /** Earlier champions that go on being judged, so that the champion can be found worse than one of them. */
  guards: v.array(versionReference),
  /** Experiences that the challenger has learned. */
  learned: whole,
  /** The most that a champion has learned so far. */
  mostLearned: whole,
  /** Whether the champion was promoted although it does worse on the past: then little is needed to go back. */
  onProbation: v.boolean(),
  /** Log position from which that champion's kind did better than what was before it: what was learned from there on is set aside where it is gone back from. */
  astrayFrom: v.optional(v.nullable(whole), null),
  quarantined: v.array(quarantined),
  /** The newest last. */
  moves: v.array(move),
  /** Of everything that the challenger has learned. */
  exemplars,
  /** The last promotion that the gate refused, with its report, and on how many experiences the champion must have been judged before it is asked again. */
  refused: v.nullable(v.object({ position: whole, atMs: v.number(), askAgainAt: whole, report: gateReport })),
  /** A version that waits for a person's approval. */
  awaiting: v.nullable(versionReference),
  /** Evidence about them so far; parsed where it is gathered. */
  contest: v.unknown(),
});

export type VersionReference = v.InferOutput<typeof versionReference>;
export type QuarantinedRange = v.InferOutput<typeof quarantined>;
export type Move = v.InferOutput<typeof move>;
/** Which versions of a model serve and compete, and how it came to that. Stored with every checkpoint, as of the same log position. */
export type Lineage = v.InferOutput<typeof lineage>;

/** Moves that are remembered. */
const REMEMBERED = 50;
/** Earlier champions beside the last one. */
const ELDERS = 1;
/** Share of what the champion has learned that a guard must have learned. */
const RIPE = 0.5;
/** What an elder's long service counts for with every champion after it. */
const FADING = 0.7;

export const emptyLineage: Lineage = {
  champion: null,
  guards: [],
  learned: 0,
  mostLearned: 0,
  onProbation: false,
  astrayFrom: null,
  quarantined: [],
  moves: [],
  exemplars: noExemplars,
  refused: null,
  awaiting: null,
  contest: null,
};

/** @throws CHECKPOINT_CORRUPT */
export function parseLineage(stored: unknown): Lineage {
  const result = v.safeParse(lineage, stored);
  if (result.success) return result.output;
  throw new TendrilError('CHECKPOINT_CORRUPT', { reason: `its lineage: ${v.summarize(result.issues)}` });
}

/**
 * The versions that go on being judged beside a new champion: the one before it, and of those before that the one that has stood the test for longest. A model
 * that was led astray step by step is compared with one from before the first step. One that has learned too little is none to go back to: it is seldom wrong because it
 * is seldom sure; but where the new champion is on probation, it is all that there is, and what was before it went astray stays.
 * @param before the guards until now, the newest first
 * @param learned experiences that the new champion has learned
 */
export function guardsAfter(
  last: VersionReference | null,
  before: readonly VersionReference[],
  { learned, onProbation, astrayFrom }: Pick<Lineage, 'learned' | 'onProbation' | 'astrayFrom'>,
): VersionReference[] {
  const sound = before.filter(({ trainedTo }) => onProbation && trainedTo <= (astrayFrom ?? -1));
  const standing = (sound.length > 0 ? sound : before).map((guard, index) => ({
    guard,
    worth: guard.judged * FADING ** (index + 1),
  }));
  standing.sort((a, b) => b.worth - a.worth);
  const elders = standing.slice(0, ELDERS).map(({ guard }) => guard);
  return [...(last ? [last] : []), ...elders].filter((guard) => onProbation || guard.learned >= RIPE * learned);
}

export function withMove(moves: readonly Move[], added: Move): Move[] {
  return [...moves, added].slice(-REMEMBERED);
}

/** The last position of the quarantined stretch that `position` lies in; null where it lies in none. */
export function endOfQuarantine(ranges: readonly QuarantinedRange[], position: number): number | null {
  const ends = ranges.filter(({ after, upTo }) => position > after && position <= upTo).map(({ upTo }) => upTo);
  return ends.length === 0 ? null : Math.max(...ends);
}
