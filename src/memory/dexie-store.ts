import { Dexie } from 'dexie';
import { TendrilError, asTendrilError, reasonOf } from '../errors.ts';
import { Database } from './database.ts';
import {
  catalogueRecord,
  checkpointRecord,
  decisionRecord,
  parseExperience,
  parseRecord,
  taskRecord,
  type CatalogueRecord,
  type CheckpointRecord,
  type DecisionRecord,
  type ExperienceRecord,
  type StoredExperience,
  type TaskRecord,
} from './records.ts';
import { tableNames, type AppendResult, type Store, type TableName } from './store.ts';

/** Records read at once for a copy of everything. */
const PAGE = 200;

/** The store in IndexedDB. Several tabs and workers of one origin may have it open. */
export class DexieStore implements Store {
  readonly kind = 'indexeddb';
  readonly #database: Database;

  private constructor(database: Database) {
    this.#database = database;
  }

  /** @throws STORAGE_UNAVAILABLE where IndexedDB is closed to the page or cannot be opened */
  static async open(namespace: string): Promise<DexieStore> {
    const database = new Database(namespace);
    try {
      await database.open();
    } catch (caught) {
      throw new TendrilError('STORAGE_UNAVAILABLE', { reason: reasonOf(caught) }, { cause: caught });
    }
    return new DexieStore(database);
  }

  task(taskId: string): Promise<TaskRecord | undefined> {
    return guarded(async () => optional(taskRecord, await this.#database.tasks.get(taskId), 'tasks'));
  }

  putTask(record: TaskRecord): Promise<void> {
    return guarded(async () => void (await this.#database.tasks.put(record)));
  }

  putDecisions(decisions: readonly DecisionRecord[], catalogue: readonly CatalogueRecord[]): Promise<void> {
    const { decisions: decisionTable, catalogue: catalogueTable } = this.#database;
    return guarded(() =>
      this.#database.transaction('rw', decisionTable, catalogueTable, async () => {
        if (catalogue.length > 0) await catalogueTable.bulkPut(catalogue);
        await decisionTable.bulkPut(decisions);
      }),
    );
  }

  decision(decisionId: string): Promise<DecisionRecord | undefined> {
    return guarded(async () => optional(decisionRecord, await this.#database.decisions.get(decisionId), 'decisions'));
  }

  catalogue(candidateKeys: readonly string[]): Promise<(CatalogueRecord | undefined)[]> {
    return guarded(async () => {
      const rows = await this.#database.catalogue.bulkGet([...candidateKeys]);
      return rows.map((row) => optional(catalogueRecord, row, 'catalogue'));
    });
  }

  appendExperiences(experiences: readonly ExperienceRecord[]): Promise<AppendResult> {
    const table = this.#database.experiences;
    return guarded(() =>
      this.#database.transaction('rw', table, async () => {
        const ids = experiences.map((experience) => experience.experienceId);
        const stored = (await table.where('experienceId').anyOf(ids).toArray()).map(parseExperience);
        const positions = new Map(stored.map((row) => [row.experienceId, row.position]));
        const fresh = uniqueById(experiences).filter((experience) => !positions.has(experience.experienceId));
        const keys = await table.bulkAdd(fresh, { allKeys: true });
        fresh.forEach((experience, index) => positions.set(experience.experienceId, keys[index] ?? 0));
        return {
          positions: ids.map((id) => positions.get(id) ?? 0),
          duplicates: experiences.length - fresh.length,
        };
      }),
    );
  }

  experiencesAfter(modelKey: string, position: number, limit: number): Promise<StoredExperience[]> {
    return guarded(async () => (await this.#logAfter(modelKey, position).limit(limit).toArray()).map(parseExperience));
  }

  experiencesAt(positions: readonly number[]): Promise<StoredExperience[]> {
    return guarded(async () => {
      const rows = await this.#database.experiences.bulkGet([...positions]);
      return rows.filter((row) => row !== undefined).map(parseExperience);
    });
  }

  countExperiencesAfter(modelKey: string, position: number): Promise<number> {
    return guarded(() => this.#logAfter(modelKey, position).count());
  }

  #logAfter(modelKey: string, position: number) {
    return this.#database.experiences
      .where('[modelKey+position]')
      .between([modelKey, position], [modelKey, Dexie.maxKey], false, true);
  }

  putCheckpoint(checkpoint: CheckpointRecord, keep: number): Promise<void> {
    const table = this.#database.checkpoints;
    return guarded(() =>
      this.#database.transaction('rw', table, async () => {
        await table.put(checkpoint);
        const oldest = checkpoint.generation - keep;
        await table
          .where(':id')
          .between([checkpoint.modelKey, Dexie.minKey], [checkpoint.modelKey, oldest], true, true)
          .delete();
      }),
    );
  }

  checkpoints(modelKey: string): Promise<(CheckpointRecord | Error)[]> {
    return guarded(async () => {
      const range = [[modelKey, Dexie.minKey] as const, [modelKey, Dexie.maxKey] as const] as const;
      const rows = await this.#database.checkpoints.where(':id').between(range[0], range[1]).reverse().toArray();
      return rows.map(parseCheckpoint);
    });
  }

  setting(key: string): Promise<unknown> {
    return guarded(async () => {
      const row = await this.#database.settings.get(key);
      return isSettingRow(row) ? row.value : undefined;
    });
  }

  putSetting(key: string, value: unknown): Promise<void> {
    return guarded(async () => void (await this.#database.settings.put({ key, value })));
  }

  count(): Promise<Readonly<Record<TableName, number>>> {
    return guarded(async () => {
      const counts = await Promise.all(
        tableNames.map(async (table) => [table, await this.#database[table].count()] as const),
      );
      return Object.fromEntries(counts) as Record<TableName, number>;
    });
  }

  async *pages(table: TableName): AsyncIterable<readonly unknown[]> {
    const rows = this.#database.table<unknown, unknown>(table);
    for (let last: unknown = Dexie.minKey; ;) {
      const range = rows.where(':id').above(last).limit(PAGE);
      const [keys, page] = await guarded(() =>
        this.#database.transaction('r', rows, () => Promise.all([range.primaryKeys(), range.toArray()])),
      );
      if (page.length > 0) yield page;
      if (page.length < PAGE) return;
      last = keys.at(-1);
    }
  }

  close(): void {
    this.#database.close();
  }
}

/** The first of each id, as if they had come one by one. */
function uniqueById(experiences: readonly ExperienceRecord[]): ExperienceRecord[] {
  const unique = new Map<string, ExperienceRecord>();
  for (const experience of experiences) {
    if (!unique.has(experience.experienceId)) unique.set(experience.experienceId, experience);
  }
  return [...unique.values()];
}

function optional<T>(schema: Parameters<typeof parseRecord<T>>[0], row: unknown, table: string): T | undefined {
  return row === undefined ? undefined : parseRecord(schema, row, table);
}

function parseCheckpoint(row: unknown): CheckpointRecord | Error {
  try {
    return parseRecord(checkpointRecord, row, 'checkpoints');
  } catch (caught) {
    return asTendrilError(caught);
  }
}

function isSettingRow(row: unknown): row is { value: unknown } {
  return typeof row === 'object' && row !== null && 'value' in row;
}

/** Gives every failure of IndexedDB a code; the quota error may be the inner one of an aborted transaction (dexie.org, "QuotaExceededError"). */
export async function guarded<T>(operation: () => PromiseLike<T>): Promise<T> {
  try {
    return await operation();
  } catch (caught) {
    const names = [caught, caught instanceof Dexie.DexieError ? caught.inner : null].map((error) =>
      error instanceof Error ? error.name : '',
    );
    throw asTendrilError(caught, names.includes('QuotaExceededError') ? 'STORAGE_QUOTA' : 'STORAGE_FAILED');
  }
}
