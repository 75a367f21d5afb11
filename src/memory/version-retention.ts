import type { VersionRecord } from './records.ts';
import type { VersionSummary } from './store.ts';

/** Without their bytes but with their size, the oldest first. */
export function summariesOf(versions: readonly VersionRecord[]): VersionSummary[] {
  return versions
    .map(({ bytes, ...rest }) => ({ ...rest, sizeBytes: bytes.length }))
    .sort((a, b) => a.createdAtMs - b.createdAtMs || a.trainedTo - b.trainedTo);
}

/** A version as far as keeping it goes. */
export interface SizedVersion {
  readonly digest: string;
  readonly sizeBytes: number;
}

/**
 * Digests of the versions to drop, the oldest first, so that the rest takes up no more than `maxBytes`. Those to keep stay, whatever they take up.
 * @param versions the oldest first
 */
export function versionsToDrop(versions: readonly SizedVersion[], keep: readonly string[], maxBytes: number): string[] {
  let total = versions.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const dropped: string[] = [];
  for (const { digest, sizeBytes } of versions) {
    if (total <= maxBytes) break;
    if (keep.includes(digest)) continue;
    dropped.push(digest);
    total -= sizeBytes;
  }
  return dropped;
}
