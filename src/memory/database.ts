import { Dexie, type Table, type Transaction } from 'dexie';
import { asTendrilError, reasonOf, TendrilError } from '../errors.ts';
import { makeRuns } from './id-runs.ts';
import { moveLogToSegments } from './upgrade-log.ts';

/** How IndexedDB says that a connection was lost, not always in the error that is thrown (Dexie wraps it). */
const lostNames: readonly string[] = ['DatabaseClosedError', 'InvalidStateError', 'UnknownError', 'AbortError'];

const VERSION = 3;
/** Dexie's versions are tens of IndexedDB's. */
const DEXIE_VERSIONS = 10;

/** Tables as stored; rows are `unknown` until parsed. Add a `version(n)` for each change and keep the old ones. */
export class Database extends Dexie {
  readonly tasks!: Table<unknown, string>;
  readonly decisions!: Table<unknown, string>;
  readonly catalogue!: Table<unknown, string>;
  readonly signals!: Table<unknown, string>;
  readonly pending!: Table<unknown, string>;
  /** The episodic log (see `Segment`). */
  readonly segments!: Table<unknown, number>;
  /** What its experiences are found by (see `Run`). */
  readonly digests!: Table<unknown, number>;
  readonly ledger!: Table<unknown, string>;
  /** Copies of the experiences that a replay buffer refers to, by model: read at once, where they lie far apart in the log. */
  readonly shelves!: Table<unknown, string>;
  readonly knowledge!: Table<unknown, string>;
  readonly checkpoints!: Table<unknown, [string, number]>;
  readonly versions!: Table<unknown, [string, string]>;
  readonly reviews!: Table<unknown, string>;
  readonly audit!: Table<unknown, number>;
  readonly settings!: Table<unknown, string>;
  readonly outbox!: Table<unknown, string>;
  /** By model: what was deleted from the log when there was no room to note it in the ledger. The next append does. */
  readonly owed = new Map<string, { readonly experiences: number; readonly bytes: number }>();
  #givenUp = false;

  constructor(namespace: string) {
    // Reading from another worker's cache would hide its writes; the log has writers in several tabs.
    super(namespace, { cache: 'disabled' });
    // Nobody watches live queries, and keeping account of every index entry for them takes longer than writing.
    for (const name of ['Observability', 'Cache']) this.unuse({ stack: 'dbcore', name });
    this.version(1).stores({
      tasks: 'taskId',
      decisions: 'decisionId, [modelKey+decidedAtMs]',
      catalogue: 'candidateKey',
      experiences: '++position, &experienceId, [modelKey+position]',
      checkpoints: '[modelKey+generation]',
      settings: 'key',
      outbox: 'id',
    });
    this.version(2)
      .stores({
        catalogue: 'candidateKey, candidateId',
        signals: 'signalId, decisionId, atMs',
        pending: 'decisionId, [modelKey+dueAtMs]',
        experiences: null,
        segments: 'last, [modelKey+last+size], [modelKey+fromMs], &*ids',
        ledger: 'key',
        shelves: 'modelKey',
        knowledge: 'knowledgeId, [modelKey+kind+key]',
        checkpoints: '[modelKey+generation], [modelKey+generation+learnedTo]',
      })
      .upgrade((transaction) => moveLogToSegments(transaction));
    this.version(VERSION)
      .stores({
        segments: 'last, [modelKey+last+size], [modelKey+fromMs]',
        digests: 'run',
        versions: '[modelKey+digest], [modelKey+trainedTo]',
        reviews: 'reviewId, decisionId, [taskId+state+openedAtMs]',
        audit: '++sequence, [taskId+sequence]',
      })
      .upgrade((transaction) => makeRuns(transaction, 0, Infinity));
    // Another tab with a newer schema must never wait for this one.
    this.on('versionchange', () => {
      this.close();
      // Dexie's own handler would let the next call open it again: an erased log must not be gone on with.
      return false;
    });
  }

  /** @throws STORAGE_UNAVAILABLE where IndexedDB is closed to the page or cannot be opened */
  static async openAt(namespace: string): Promise<Database> {
    const database = new Database(namespace);
    try {
      await database.open();
    } catch (caught) {
      throw new TendrilError('STORAGE_UNAVAILABLE', { reason: reasonOf(caught) }, { cause: caught });
    }
    // Dexie opens a newer database as well, to write into it as if it were its own.
    if (database.backendDB().version > VERSION * DEXIE_VERSIONS) {
      database.close();
      throw new TendrilError('STORAGE_UNAVAILABLE', { reason: 'it is of a newer version' });
    }
    return database;
  }

  /** For good: lost connections are opened again, this one is not. Dexie calls it itself with `disableAutoOpen: false` for one that was lost. */
  override close(options?: { readonly disableAutoOpen: boolean }): void {
    if (options?.disableAutoOpen !== false) this.#givenUp = true;
    super.close(options);
  }

  /**
   * Runs what may be run twice; once more, on a new connection, where the one that it began with was lost (iOS closes those of pages in the background).
   * @throws STORAGE_QUOTA, STORAGE_FAILED
   */
  async run<T>(operation: () => PromiseLike<T>): Promise<T> {
    try {
      return await operation();
    } catch (caught) {
      if (this.#givenUp || !isLost(caught)) throw coded(caught);
    }
    try {
      this.close({ disableAutoOpen: false });
      await this.open();
      return await operation();
    } catch (caught) {
      throw coded(caught);
    }
  }

  /** {@link run} in a transaction over `tables`. */
  transact<T>(
    mode: 'r' | 'rw',
    tables: readonly string[],
    operation: (transaction: Transaction) => PromiseLike<T>,
  ): Promise<T> {
    return this.run(() => this.transaction(mode, [...tables], operation));
  }
}

/** Names of an error and of those that it was made of. The quota error may be the inner one of an aborted transaction (dexie.org, "QuotaExceededError"). */
function namesOf(caught: unknown): string[] {
  const inner: unknown = caught instanceof Dexie.DexieError ? caught.inner : null;
  const failures: unknown[] = caught instanceof Dexie.BulkError ? caught.failures : [];
  return [caught, inner, ...failures].map((error) => (error instanceof Error ? error.name : ''));
}

const isFull = (caught: unknown): boolean => namesOf(caught).includes('QuotaExceededError');
const isLost = (caught: unknown): boolean =>
  !isFull(caught) && namesOf(caught).some((name) => lostNames.includes(name));

function coded(caught: unknown): TendrilError {
  return asTendrilError(caught, isFull(caught) ? 'STORAGE_QUOTA' : 'STORAGE_FAILED');
}
