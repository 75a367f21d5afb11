import { estimatedBytes } from './estimated-bytes.ts';
import type { ExperienceRecord, StoredExperience } from './records.ts';
import type { AppendResult, PruneRequest, UsageRecord } from './store.ts';

/** The episodic log of all models, without durability. Gives out what it holds: the caller copies. */
export class MemoryLog {
  readonly #rows = new Map<number, StoredExperience>();
  readonly #positions = new Map<string, number>();
  /** Log positions of each model, ascending. */
  readonly #models = new Map<string, number[]>();
  readonly #bytes = new Map<string, number>();
  #last = 0;

  get size(): number {
    return this.#rows.size;
  }

  append(experiences: readonly ExperienceRecord[]): AppendResult {
    let duplicates = 0;
    const positions = experiences.map((experience) => {
      const known = this.#positions.get(experience.experienceId);
      if (known === undefined) return this.#append(experience);
      duplicates++;
      return known;
    });
    return { positions, duplicates };
  }

  #append(experience: ExperienceRecord): number {
    const position = ++this.#last;
    const { modelKey } = experience;
    this.#rows.set(position, { ...structuredClone(experience), position });
    this.#positions.set(experience.experienceId, position);
    const log = this.#models.get(modelKey) ?? [];
    this.#models.set(modelKey, log);
    log.push(position);
    this.#bytes.set(modelKey, (this.#bytes.get(modelKey) ?? 0) + estimatedBytes(experience));
    return position;
  }

  at(position: number): StoredExperience | undefined {
    return this.#rows.get(position);
  }

  after(modelKey: string, position: number, limit: number): StoredExperience[] {
    const log = this.#models.get(modelKey) ?? [];
    const start = firstAfter(log, position);
    return log.slice(start, start + limit).flatMap((at) => this.#rows.get(at) ?? []);
  }

  countAfter(modelKey: string, position: number): number {
    const log = this.#models.get(modelKey) ?? [];
    return log.length - firstAfter(log, position);
  }

  all(): readonly StoredExperience[] {
    return [...this.#rows.values()];
  }

  ofModel(modelKey: string): StoredExperience[] {
    return this.after(modelKey, 0, Infinity);
  }

  usage(): UsageRecord[] {
    return [...this.#models]
      .map(([modelKey, log]) => ({
        modelKey,
        experiences: log.length,
        bytes: this.#bytes.get(modelKey) ?? 0,
        oldestAtMs: this.#rows.get(log[0] ?? 0)?.observedAtMs ?? null,
      }))
      .filter(({ experiences }) => experiences > 0)
      .sort((a, b) => (a.modelKey < b.modelKey ? -1 : 1));
  }

  /** @returns how many, and the bytes that they took up */
  remove(
    modelKey: string,
    gone: readonly StoredExperience[],
  ): { readonly experiences: number; readonly bytes: number } {
    let bytes = 0;
    for (const { position, ...experience } of gone) {
      bytes += estimatedBytes(experience);
      this.#rows.delete(position);
      this.#positions.delete(experience.experienceId);
    }
    const left = (this.#models.get(modelKey) ?? []).filter((position) => this.#rows.has(position));
    this.#models.set(modelKey, left);
    this.#bytes.set(modelKey, (this.#bytes.get(modelKey) ?? 0) - bytes);
    return { experiences: gone.length, bytes };
  }

  prune({ modelKey, beforeMs = -Infinity, maxBytes = Infinity, upTo, keep = [] }: PruneRequest) {
    const kept = new Set(keep);
    let bytes = this.#bytes.get(modelKey) ?? 0;
    const droppable = this.ofModel(modelKey).filter(({ position }) => position <= upTo && !kept.has(position));
    const gone = new Set(droppable.filter(({ observedAtMs }) => observedAtMs < beforeMs));
    for (const { position: _, ...experience } of gone) bytes -= estimatedBytes(experience);
    for (const row of droppable) {
      if (bytes <= maxBytes) break;
      if (gone.has(row)) continue;
      const { position: _, ...experience } = row;
      bytes -= estimatedBytes(experience);
      gone.add(row);
    }
    return this.remove(modelKey, [...gone]);
  }
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
