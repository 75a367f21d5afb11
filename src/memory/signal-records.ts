import * as v from 'valibot';
import { suspicions } from '../core/signal.ts';

/** A signal as it is stored: with the decision that it was joined to, and the model of that decision. */
export const signalRecord = v.object({
  signalId: v.string(),
  type: v.string(),
  atMs: v.number(),
  value: v.number(),
  decisionId: v.exactOptional(v.string()),
  taskId: v.exactOptional(v.string()),
  item: v.exactOptional(v.string()),
  instead: v.exactOptional(v.string()),
  censored: v.exactOptional(v.boolean()),
  suspicion: v.exactOptional(v.picklist(suspicions)),
  /** Null for signals about the page's operation, and where no task is known. */
  modelKey: v.nullable(v.string()),
  receivedAtMs: v.number(),
});
export type SignalRecord = v.InferOutput<typeof signalRecord>;

const settledItem = v.object({
  experienceId: v.string(),
  reward: v.number(),
  satisfaction: v.nullable(v.number()),
  answer: v.nullable(
    v.union([
      v.object({ label: v.string() }),
      v.object({ vote: v.picklist(['up', 'down']) }),
      v.object({ instead: v.string() }),
    ]),
  ),
  weight: v.exactOptional(v.number()),
  explicit: v.exactOptional(v.literal(true)),
  implied: v.exactOptional(v.literal(true)),
  retracted: v.exactOptional(v.literal(true)),
});

/** What is known of a decision's outcome, and when to look at it again. Kept as long as the decision. */
export const pendingRecord = v.object({
  decisionId: v.string(),
  modelKey: v.string(),
  /** When its first signal or feedback came. */
  sinceMs: v.number(),
  /** When there is something to do even if no signal comes; null when there is nothing more to come. */
  dueAtMs: v.nullable(v.number()),
  /** Batches of signals that have come: who settles knows by it whether more came in the meantime. */
  arrivals: v.number(),
  /** Item to the last experience that was made of it. */
  settled: v.record(v.string(), settledItem),
});
export type PendingRecord = v.InferOutput<typeof pendingRecord>;

/** What was settled of a decision, merged by item with what is stored of it in the transaction that writes the experiences. */
export interface SettledUpdate extends Pick<PendingRecord, 'decisionId' | 'modelKey' | 'settled' | 'dueAtMs'> {
  /**
   * The arrivals that were seen: where the stored record has the same number its time becomes `dueAtMs`, otherwise the earlier of both. Null never moves a
   * stored time back.
   */
  readonly arrivals: number | null;
}
