import type { VersionRecord } from './records.ts';
import type { VersionSummary } from './store.ts';
import { summariesOf, versionsToDrop } from './version-retention.ts';

/** Versions of models without durability. */
export class MemoryVersions {
  readonly #records = new Map<string, VersionRecord>();

  add(versions: readonly VersionRecord[]): void {
    for (const version of versions) this.#records.set(keyOf(version), structuredClone(version));
  }

  get(modelKey: string, digest: string): VersionRecord | undefined {
    return this.#records.get(keyOf({ modelKey, digest }));
  }

  of(modelKey: string): VersionSummary[] {
    return summariesOf(this.all().filter((version) => version.modelKey === modelKey));
  }

  all(): VersionRecord[] {
    return [...this.#records.values()];
  }

  prune(modelKey: string, keep: readonly string[], maxBytes: number): number {
    const dropped = versionsToDrop(this.of(modelKey), keep, maxBytes);
    for (const digest of dropped) this.#records.delete(keyOf({ modelKey, digest }));
    return dropped.length;
  }

  /** @returns how many went */
  forget(modelKey: string, first: number | null): number {
    const gone = this.of(modelKey).filter(({ trainedTo }) => trainedTo >= (first ?? Infinity));
    for (const version of gone) this.#records.delete(keyOf(version));
    return gone.length;
  }
}

function keyOf({ modelKey, digest }: Pick<VersionRecord, 'modelKey' | 'digest'>): string {
  return `${modelKey} ${digest}`;
}
