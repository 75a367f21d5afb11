import type { Transaction } from 'dexie';
import { readLedger, modelLedger, writeLedger } from './ledger.ts';
import { encodeRow } from './log-row.ts';
import { toSegments } from './segment.ts';
import type { StoredExperience } from './records.ts';

/** Experiences moved at once. */
const PAGE = 1000;

/** From version 1, where each experience was a record of its own. Positions stay; what was damaged moves as it is. */
export async function moveLogToSegments(transaction: Transaction): Promise<void> {
  const experiences = transaction.table<StoredExperience, number>('experiences');
  const segments = transaction.table<unknown, number>('segments');
  const ledger = await readLedger(transaction);
  for (let last = 0; ;) {
    const page = await experiences.where(':id').above(last).limit(PAGE).toArray();
    const rows = page.map(({ position: _, ...experience }) => encodeRow(experience));
    const moved = toSegments(
      page,
      page.map(({ position }) => position),
      rows,
    );
    await segments.bulkAdd(moved);
    for (const { modelKey, size, bytes } of moved) {
      const model = modelLedger(ledger, modelKey);
      model.experiences += size;
      model.bytes += bytes;
    }
    last = page.at(-1)?.position ?? last;
    ledger.next = last + 1;
    if (page.length < PAGE) break;
  }
  await writeLedger(transaction, ledger);
}
