import type { ForgetReport, ForgetRequest } from './forget-request.ts';
import type { KnowledgeRecord } from './knowledge-record.ts';
import type {
  CatalogueRecord,
  CheckpointRecord,
  DecisionRecord,
  ExperienceRecord,
  StoredExperience,
  TaskRecord,
  VersionRecord,
} from './records.ts';
import type { PendingRecord, SettledUpdate, SignalRecord } from './signal-records.ts';

import type { AuditEntry, AuditRecord, ReviewRecord, ReviewState } from './review-records.ts';

export type { AuditEntry, AuditRecord, ReviewRecord, ReviewState };
export type { PendingRecord, SettledUpdate, SignalRecord };

/** What is stored, by table. The outbox is its own interface, but lies in the same database where there is one. */
export const tableNames = [
  'tasks',
  'decisions',
  'catalogue',
  'signals',
  'pending',
  'experiences',
  'knowledge',
  'checkpoints',
  'versions',
  'reviews',
  'audit',
  'settings',
] as const;
export type TableName = (typeof tableNames)[number];

export interface AppendResult {
  /** Log position of each experience, in the order given. */
  readonly positions: readonly number[];
  /** How many were in the log before. */
  readonly duplicates: number;
}

/** What the log of one model takes up. */
export interface UsageRecord {
  readonly modelKey: string;
  readonly experiences: number;
  /** Estimated. */
  readonly bytes: number;
  /** When the first one in the log was observed; null where there is none. */
  readonly oldestAtMs: number | null;
}

export interface PruneRequest {
  readonly modelKey: string;
  /** Experiences observed before it go, and decisions and signals from before it that are not pending. */
  readonly beforeMs?: number;
  /** The oldest experiences go until the log takes up no more. */
  readonly maxBytes?: number;
  /** Nothing after this log position goes: what is not learned yet must stay. */
  readonly upTo: number;
  /** Log positions that stay, whatever their age: the replay buffer refers to them. */
  readonly keep?: readonly number[];
}

/** A version without its weights. */
export interface VersionSummary extends Omit<VersionRecord, 'bytes'> {
  readonly sizeBytes: number;
}

/** What went. */
export interface PruneReport {
  readonly experiences: number;
  /** Of experiences, estimated. */
  readonly bytes: number;
  readonly decisions: number;
  readonly signals: number;
}

/**
 * Everything that lasts. One interface, one conformance suite, two implementations (IndexedDB, memory).
 * A resolved write is durable; every method rejects with STORAGE_FAILED, STORAGE_QUOTA or STORAGE_UNAVAILABLE.
 * Appends that find no room make some (see {@link relieve}), once, before they fail.
 */
export interface Store {
  readonly kind: 'indexeddb' | 'memory';

  task(taskId: string): Promise<TaskRecord | undefined>;
  putTask(record: TaskRecord): Promise<void>;

  /** Writes decisions and the catalogue entries that they refer to in one transaction; the same decisionId again overwrites. */
  putDecisions(decisions: readonly DecisionRecord[], catalogue: readonly CatalogueRecord[]): Promise<void>;
  decision(decisionId: string): Promise<DecisionRecord | undefined>;
  /** Changes a decision where it is stored, in one transaction: what is forgotten meanwhile does not come back by it. */
  amendDecision(decisionId: string, amend: (stored: DecisionRecord) => DecisionRecord): Promise<void>;
  /** Up to `limit` decisions of one model that were made before `atMs`, newest first. */
  decisionsBefore(modelKey: string, atMs: number, limit: number): Promise<DecisionRecord[]>;
  /**
   * About `limit` decisions of one model that were made after `afterMs` and before `beforeMs`, oldest first. Those that were made at the same time as the last of
   * them are all there: who goes on after that time misses none.
   */
  decisionsBetween(modelKey: string, afterMs: number, beforeMs: number, limit: number): Promise<DecisionRecord[]>;
  /** Entries for the keys, in their order; `undefined` for a key that is not stored. */
  catalogue(candidateKeys: readonly string[]): Promise<(CatalogueRecord | undefined)[]>;

  /**
   * Adds signals in one transaction; a signalId that is there stays as it was. A decision of `pending` that has a record already gets one more arrival and
   * the earlier `dueAtMs` of both, and what was settled of it stays; a new one is stored with one arrival.
   */
  putSignals(
    signals: readonly SignalRecord[],
    pending: readonly PendingRecord[],
  ): Promise<{ readonly duplicates: number }>;
  /** By time, then by id. */
  signalsOf(decisionId: string): Promise<SignalRecord[]>;
  /** Kept as long as its decision, also when nothing more is to come. */
  pending(decisionId: string): Promise<PendingRecord | undefined>;
  /** Up to `limit` decisions of one model that are due at `atMs`, the earliest first. */
  pendingUntil(modelKey: string, atMs: number, limit: number): Promise<PendingRecord[]>;
  /** When the model's next decision is due; null where none is. */
  nextDueAtMs(modelKey: string): Promise<number | null>;
  /**
   * Appends to the log and updates pending records, in one transaction: an update is merged with what is stored in that transaction (see
   * {@link SettledUpdate}); one of a decision that has no record makes one.
   */
  settle(experiences: readonly ExperienceRecord[], updates: readonly SettledUpdate[]): Promise<AppendResult>;

  /** Appends to the episodic log in one transaction. Positions grow; an experienceId that is there already keeps its position. */
  appendExperiences(experiences: readonly ExperienceRecord[]): Promise<AppendResult>;
  /** Up to `limit` experiences of one model after `position`, in log order. */
  experiencesAfter(modelKey: string, position: number, limit: number): Promise<StoredExperience[]>;
  /**
   * Those of the positions that are still in the log.
   * @param replayOf the model whose replay buffer this is: the next reading of nearly the same positions for it is fast, however long the log
   */
  experiencesAt(positions: readonly number[], replayOf?: string): Promise<StoredExperience[]>;
  /** How many experiences of the model lie after `position`. */
  countExperiencesAfter(modelKey: string, position: number): Promise<number>;

  /**
   * Stores the checkpoint, weights and log position together, in one transaction with the versions that it names for the first time. Beside the `keep` newest generations a few older ones stay
   * (see `checkpointsToDrop`).
   * @returns false, with nothing written, where something was forgotten that the learner of this checkpoint has not heard of: its epoch is older
   */
  putCheckpoint(checkpoint: CheckpointRecord, keep: number, versions?: readonly VersionRecord[]): Promise<boolean>;
  /** Newest first; records that cannot be read come as the error, so that the one before can be tried. */
  checkpoints(modelKey: string, skip?: number, limit?: number): Promise<(CheckpointRecord | Error)[]>;
  /** How often something of this model was forgotten, or overruled. */
  epoch(modelKey: string): Promise<number>;
  /**
   * Stores this checkpoint as the newest one, whatever the tab that learns holds by now: the model's epoch is raised, so that a learner that has not heard
   * of it cannot store over it.
   * @param only drops every other checkpoint of the model
   */
  overrule(checkpoint: Omit<CheckpointRecord, 'generation' | 'epoch'>, only: boolean): Promise<void>;
  version(modelKey: string, digest: string): Promise<VersionRecord | undefined>;
  /** Of a model, the oldest first, without their bytes but with their size. Damaged ones are left out. */
  versions(modelKey: string): Promise<VersionSummary[]>;
  /** Drops the oldest ones until the rest takes up no more than `maxBytes`; never those of `keep`. @returns how many went */
  pruneVersions(modelKey: string, keep: readonly string[], maxBytes: number): Promise<number>;

  /**
   * Writes a review together with what is to be remembered of it.
   * @param expected state that the stored one must have, null where there must be none: two people cannot settle the same thing
   * @returns false, with nothing written, where it has another
   */
  putReview(review: ReviewRecord, audit: readonly AuditEntry[], expected: ReviewState | null): Promise<boolean>;
  review(reviewId: string): Promise<ReviewRecord | undefined>;
  /** Up to `limit` reviews of a task in a state, the oldest first. */
  reviews(taskId: string, state: ReviewState, limit: number): Promise<ReviewRecord[]>;
  countReviews(taskId: string, state: ReviewState): Promise<number>;
  /** Adds to the audit trail; nothing takes away from it but erasing everything. */
  appendAudit(entries: readonly AuditEntry[]): Promise<void>;
  /** Up to `limit` entries of a task after `sequence`, in the order in which they were added. */
  audit(taskId: string, after: number, limit: number): Promise<AuditRecord[]>;

  /** The current ones, by kind and key. */
  knowledge(modelKey: string): Promise<KnowledgeRecord[]>;
  /** Current and superseded ones, newest first. */
  knowledgeHistory(modelKey: string, kind: string, key: string): Promise<KnowledgeRecord[]>;
  /**
   * Writes what a consolidation made together with its own state (read it with `setting(consolidationKey(modelKey))`) in one transaction. What a record
   * supersedes is marked with its time; of each kind and key the newest {@link KNOWLEDGE_REVISIONS} stay.
   */
  putKnowledge(records: readonly KnowledgeRecord[], state: unknown, modelKey: string): Promise<void>;

  /** Small plain-data values (probe reports). */
  setting(key: string): Promise<unknown>;
  putSetting(key: string, value: unknown): Promise<void>;

  /** What each model's log takes up, by model. */
  usage(): Promise<readonly UsageRecord[]>;
  /** Drops the oldest experiences, in slices: what is written meanwhile does not wait long. */
  prune(request: PruneRequest): Promise<PruneReport>;
  /**
   * Makes room: of every model the oldest `share` of its experiences, with the decisions and signals of that time. What was consolidated stays.
   * @param upTo by model, the log position after which nothing goes; where it is not given, what its stored checkpoints have all learned may go
   */
  relieve(share: number, upTo?: Readonly<Record<string, number>>): Promise<PruneReport>;
  /**
   * Forgets what the request names, in one transaction: experiences, signals, decisions, catalogue entries, reviews, what was consolidated of them, and every
   * checkpoint and version that has learned from them. Raises the model's epoch, so that no learner brings it back.
   * @throws INVALID_DATA for a request that names nothing
   */
  forget(request: ForgetRequest): Promise<ForgetReport>;

  /** Records of each table. */
  count(): Promise<Readonly<Record<TableName, number>>>;
  /** Everything in a table as it is stored, damaged records too, in pages: for the visitor's copy. */
  pages(table: TableName): AsyncIterable<readonly unknown[]>;

  close(): void;
}

/** Of each kind and key. */
export const KNOWLEDGE_REVISIONS = 3;

/** Key of the setting that holds the state of a model's consolidation. */
export const consolidationKey = (modelKey: string): string => `consolidation/${modelKey}`;

/** Key of the setting that holds what is known of the model's order against the page's. */
export const comparisonKey = (modelKey: string): string => `comparison/${modelKey}`;

/** Key of the setting that holds what learning has used today. */
export const learningSpentKey = (modelKey: string): string => `learning-spent/${modelKey}`;

/** Key of the setting that holds what is known of how a model does. */
export const healthKey = (modelKey: string): string => `health/${modelKey}`;

/** Keys of the settings that hold a model's damaged checkpoints begin like this. */
export const damagedCheckpointPrefix = (modelKey: string): string => `damaged-checkpoint/${modelKey}/`;
