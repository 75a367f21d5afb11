import type {
  CatalogueRecord,
  CheckpointRecord,
  DecisionRecord,
  ExperienceRecord,
  StoredExperience,
  TaskRecord,
} from './records.ts';
import type { AppendResult, Store, TableName } from './store.ts';

/** The same interface without durability: for Node, and where IndexedDB is closed. Values are copied in and out, as IndexedDB does. */
export class MemoryStore implements Store {
  readonly kind = 'memory';
  readonly #tasks = new Map<string, TaskRecord>();
  readonly #decisions = new Map<string, DecisionRecord>();
  readonly #catalogue = new Map<string, CatalogueRecord>();
  /** `#log[position - 1]`. */
  readonly #log: StoredExperience[] = [];
  readonly #positions = new Map<string, number>();
  /** Log positions of each model, ascending. */
  readonly #modelLogs = new Map<string, number[]>();
  readonly #checkpoints = new Map<string, CheckpointRecord[]>();
  readonly #settings = new Map<string, unknown>();

  task(taskId: string): Promise<TaskRecord | undefined> {
    return copied(this.#tasks.get(taskId));
  }

  putTask(record: TaskRecord): Promise<void> {
    this.#tasks.set(record.taskId, structuredClone(record));
    return Promise.resolve();
  }

  putDecisions(decisions: readonly DecisionRecord[], catalogue: readonly CatalogueRecord[]): Promise<void> {
    for (const entry of catalogue) this.#catalogue.set(entry.candidateKey, structuredClone(entry));
    for (const decision of decisions) this.#decisions.set(decision.decisionId, structuredClone(decision));
    return Promise.resolve();
  }

  decision(decisionId: string): Promise<DecisionRecord | undefined> {
    return copied(this.#decisions.get(decisionId));
  }

  catalogue(candidateKeys: readonly string[]): Promise<(CatalogueRecord | undefined)[]> {
    return copied(candidateKeys.map((key) => this.#catalogue.get(key)));
  }

  appendExperiences(experiences: readonly ExperienceRecord[]): Promise<AppendResult> {
    let duplicates = 0;
    const positions = experiences.map((experience) => {
      const known = this.#positions.get(experience.experienceId);
      if (known === undefined) return this.#append(experience);
      duplicates++;
      return known;
    });
    return Promise.resolve({ positions, duplicates });
  }

  #append(experience: ExperienceRecord): number {
    const position = this.#log.length + 1;
    this.#log.push({ ...structuredClone(experience), position });
    this.#positions.set(experience.experienceId, position);
    const modelLog = this.#modelLogs.get(experience.modelKey) ?? [];
    this.#modelLogs.set(experience.modelKey, modelLog);
    modelLog.push(position);
    return position;
  }

  experiencesAfter(modelKey: string, position: number, limit: number): Promise<StoredExperience[]> {
    const modelLog = this.#modelLogs.get(modelKey) ?? [];
    const start = firstAfter(modelLog, position);
    return this.experiencesAt(modelLog.slice(start, start + limit));
  }

  experiencesAt(positions: readonly number[]): Promise<StoredExperience[]> {
    return copied(positions.flatMap((position) => this.#log[position - 1] ?? []));
  }

  countExperiencesAfter(modelKey: string, position: number): Promise<number> {
    const modelLog = this.#modelLogs.get(modelKey) ?? [];
    return Promise.resolve(modelLog.length - firstAfter(modelLog, position));
  }

  putCheckpoint(checkpoint: CheckpointRecord, keep: number): Promise<void> {
    const { modelKey, generation } = checkpoint;
    const others = (this.#checkpoints.get(modelKey) ?? []).filter(
      (other) => other.generation !== generation && other.generation > generation - keep,
    );
    const kept = [structuredClone(checkpoint), ...others].sort((a, b) => b.generation - a.generation);
    this.#checkpoints.set(modelKey, kept);
    return Promise.resolve();
  }

  checkpoints(modelKey: string): Promise<CheckpointRecord[]> {
    return copied(this.#checkpoints.get(modelKey) ?? []);
  }

  setting(key: string): Promise<unknown> {
    return copied(this.#settings.get(key));
  }

  putSetting(key: string, value: unknown): Promise<void> {
    this.#settings.set(key, structuredClone(value));
    return Promise.resolve();
  }

  count(): Promise<Readonly<Record<TableName, number>>> {
    const tables = this.#tables();
    return Promise.resolve({
      tasks: tables.tasks.length,
      decisions: tables.decisions.length,
      catalogue: tables.catalogue.length,
      experiences: tables.experiences.length,
      checkpoints: tables.checkpoints.length,
      settings: tables.settings.length,
    });
  }

  async *pages(table: TableName): AsyncIterable<readonly unknown[]> {
    const rows = this.#tables()[table];
    if (rows.length > 0) yield await copied(rows);
  }

  #tables(): Readonly<Record<TableName, readonly unknown[]>> {
    return {
      tasks: [...this.#tasks.values()],
      decisions: [...this.#decisions.values()],
      catalogue: [...this.#catalogue.values()],
      experiences: this.#log,
      checkpoints: [...this.#checkpoints.values()].flat(),
      settings: [...this.#settings].map(([key, value]) => ({ key, value })),
    };
  }

  close(): void {
    // Nothing is held open.
  }
}

function copied<T>(value: T): Promise<T> {
  return Promise.resolve(structuredClone(value));
}

/** Index of the first entry above `position` in an ascending list (binary search). */
function firstAfter(ascending: readonly number[], position: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ascending[middle] ?? Infinity) > position) high = middle;
    else low = middle + 1;
  }
  return low;
}
