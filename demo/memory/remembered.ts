import type { KnowledgeRecord, MemoryStatus, Tendril, WireError } from 'tendril';

import { TASK_ID } from '../reader-task.ts';

/** What is remembered of this visitor. */
export interface Remembered {
  readonly status: MemoryStatus;
  readonly entries: readonly KnowledgeRecord[];
  /** Signals that are stored, of all pages of this site; null where that cannot be read. */
  readonly noticed: number | null;
  /** Why the newest is missing; null where it is not. */
  readonly missing: WireError | null;
}

/** Takes in what is new first, so that what has just happened is among it. */
export async function recall({ memory, privacy }: Tendril): Promise<Remembered | WireError> {
  const summedUp = await memory.consolidate(TASK_ID);
  const [status, entries, stored] = await Promise.all([
    memory.status(TASK_ID),
    memory.entries(TASK_ID),
    privacy.status(),
  ]);
  if (!status.ok) return status.error;
  if (!entries.ok) return entries.error;
  return {
    status: status.value,
    entries: entries.value,
    noticed: stored.stored?.records['signals'] ?? null,
    missing: summedUp.ok ? null : summedUp.error,
  };
}

export function isRemembered(recalled: Remembered | WireError): recalled is Remembered {
  return 'entries' in recalled;
}

type Kind = KnowledgeRecord['kind'];
export type Kept<K extends Kind> = Omit<Extract<KnowledgeRecord, { kind: K }>, 'value'> & {
  readonly value: NonNullable<Extract<KnowledgeRecord, { kind: K }>['value']>;
};

/** The entries of one kind that stand. */
export function entriesOf<K extends Kind>({ entries }: Remembered, kind: K): Kept<K>[] {
  return entries.filter((entry): entry is KnowledgeRecord & Kept<K> => entry.kind === kind && entry.value !== null);
}
