import * as v from 'valibot';
import { murmur3 } from '../../core/hashing.ts';

/** Episodes that a later experience can still take the place of. */
const CAPACITY = 2048;

/** Digest, position, time, weight, reward, label, prototype. */
type Entry = [string, number, number, number, number | null, string, number];
/** Checked in one go: there are thousands. */
export const ledgerSchema = v.custom<Entry[]>(
  (value) => Array.isArray(value) && value.length <= CAPACITY && value.every(isEntry),
  'not a ledger',
);
export type LedgerState = v.InferOutput<typeof ledgerSchema>;

function isEntry(value: unknown): value is Entry {
  if (!Array.isArray(value) || value.length !== 7) return false;
  const [digest, position, atMs, weight, reward, label, prototype] = value as unknown[];
  const numbers = [position, atMs, weight, reward ?? 0, prototype];
  return typeof digest === 'string' && typeof label === 'string' && numbers.every(Number.isFinite);
}

/** What was added for one experience, as far as it is needed to take it back: its features are those of the one that supersedes it. */
export interface LedgerEntry {
  readonly position: number;
  readonly atMs: number;
  readonly weight: number;
  readonly reward: number | null;
  readonly label: string;
  /** The prototype that took it. */
  readonly prototype: number;
}

/** The last episodes that were added, by the id of their experience. */
export class Ledger {
  readonly #entries = new Map<string, LedgerEntry>();

  set(experienceId: string, entry: LedgerEntry): void {
    this.#entries.set(digestOf(experienceId), entry);
    if (this.#entries.size <= CAPACITY) return;
    const oldest = this.#entries.keys().next();
    if (!oldest.done) this.#entries.delete(oldest.value);
  }

  /** Takes an entry out; null where it is too old, or never was there. */
  take(experienceId: string): LedgerEntry | null {
    const digest = digestOf(experienceId);
    const found = this.#entries.get(digest) ?? null;
    this.#entries.delete(digest);
    return found;
  }

  state(): LedgerState {
    return [...this.#entries].map(([digest, { position, atMs, weight, reward, label, prototype }]) => [
      digest,
      position,
      atMs,
      weight,
      reward,
      label,
      prototype,
    ]);
  }

  restore(state: LedgerState): void {
    this.#entries.clear();
    for (const [digest, position, atMs, weight, reward, label, prototype] of state)
      this.#entries.set(digest, { position, atMs, weight, reward, label, prototype });
  }
}

/** 64 bits: ids are long, and there are many. */
function digestOf(experienceId: string): string {
  return murmur3(experienceId, 1).toString(36) + murmur3(experienceId, 2).toString(36);
}
