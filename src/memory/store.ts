import type {
  CatalogueRecord,
  CheckpointRecord,
  DecisionRecord,
  ExperienceRecord,
  StoredExperience,
  TaskRecord,
} from './records.ts';

/** What is stored, by table. The outbox is its own interface, but lies in the same database where there is one. */
export const tableNames = ['tasks', 'decisions', 'catalogue', 'experiences', 'checkpoints', 'settings'] as const;
export type TableName = (typeof tableNames)[number];

export interface AppendResult {
  /** Log position of each experience, in the order given. */
  readonly positions: readonly number[];
  /** How many were in the log before. */
  readonly duplicates: number;
}

/**
 * Everything that lasts. One interface, one conformance suite, two implementations (IndexedDB, memory).
 * A resolved write is durable; every method rejects with STORAGE_FAILED, STORAGE_QUOTA or STORAGE_UNAVAILABLE.
 */
export interface Store {
  readonly kind: 'indexeddb' | 'memory';

  task(taskId: string): Promise<TaskRecord | undefined>;
  putTask(record: TaskRecord): Promise<void>;

  /** Writes decisions and the catalogue entries that they refer to in one transaction; the same decisionId again overwrites. */
  putDecisions(decisions: readonly DecisionRecord[], catalogue: readonly CatalogueRecord[]): Promise<void>;
  decision(decisionId: string): Promise<DecisionRecord | undefined>;
  /** Entries for the keys, in their order; `undefined` for a key that is not stored. */
  catalogue(candidateKeys: readonly string[]): Promise<(CatalogueRecord | undefined)[]>;

  /** Appends to the episodic log in one transaction. Positions grow; an experienceId that is there already keeps its position. */
  appendExperiences(experiences: readonly ExperienceRecord[]): Promise<AppendResult>;
  /** Up to `limit` experiences of one model after `position`, in log order. */
  experiencesAfter(modelKey: string, position: number, limit: number): Promise<StoredExperience[]>;
  /** Those of the positions that are still in the log. */
  experiencesAt(positions: readonly number[]): Promise<StoredExperience[]>;
  /** How many experiences of the model lie after `position`. */
  countExperiencesAfter(modelKey: string, position: number): Promise<number>;

  /** Stores the checkpoint, weights and log position together, in one transaction, and drops those that are `keep` generations older or more. */
  putCheckpoint(checkpoint: CheckpointRecord, keep: number): Promise<void>;
  /** Newest first; records that cannot be read come as the error, so that the one before can be tried. */
  checkpoints(modelKey: string): Promise<(CheckpointRecord | Error)[]>;

  /** Small plain-data values (probe reports). */
  setting(key: string): Promise<unknown>;
  putSetting(key: string, value: unknown): Promise<void>;

  /** Records of each table. */
  count(): Promise<Readonly<Record<TableName, number>>>;
  /** Everything in a table as it is stored, damaged records too, in pages: for the visitor's copy. */
  pages(table: TableName): AsyncIterable<readonly unknown[]>;

  close(): void;
}
