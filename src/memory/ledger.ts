import type { Transaction } from 'dexie';
import { answersOf } from './requests.ts';

/** What is kept up to date with every change of the log, in the same transaction. */
export interface Ledger {
  readonly key: typeof KEY;
  /** The position that the next experience gets: never one that was given before. */
  next: number;
  readonly models: Map<string, ModelLedger>;
}

export interface ModelLedger {
  experiences: number;
  bytes: number;
  /** How often something of the model was forgotten. */
  epoch: number;
}

const KEY = 'ledger';

/** Segments looked at in one go. */
const PAGE = 64;

/** The tables that a transaction has to have to read the ledger. */
export const ledgerTables = ['ledger', 'segments', 'checkpoints'] as const;

/** The stored one; where it is missing or damaged, one that is counted anew. */
export async function readLedger(transaction: Transaction): Promise<Ledger> {
  const [stored] = await answersOf<unknown>([transaction.idbtrans.objectStore('ledger').get(KEY)]);
  return isLedger(stored) ? stored : countAnew(transaction);
}

export async function writeLedger(transaction: Transaction, ledger: Ledger): Promise<void> {
  await transaction.table('ledger').put(ledger);
}

export function modelLedger(ledger: Ledger, modelKey: string): ModelLedger {
  const known = ledger.models.get(modelKey);
  if (known) return known;
  const fresh = { experiences: 0, bytes: 0, epoch: 0 };
  ledger.models.set(modelKey, fresh);
  return fresh;
}

async function countAnew(transaction: Transaction): Promise<Ledger> {
  const ledger: Ledger = { key: KEY, next: 1, models: new Map() };
  const segments = transaction.table<unknown, number>('segments');
  for (let last = 0; ;) {
    const page = await segments.where(':id').above(last).limit(PAGE).toArray();
    for (const record of page) last = Math.max(last, addSegment(ledger, record));
    if (page.length < PAGE) break;
  }
  // A learner that was told what to forget has an epoch of then.
  await transaction.table('checkpoints').each((record: unknown) => addEpoch(ledger, record));
  return ledger;
}

function addSegment(ledger: Ledger, record: unknown): number {
  const { last, modelKey, size, bytes } = record as Record<string, unknown>;
  const end = Number(last);
  ledger.next = Math.max(ledger.next, end + 1);
  if (typeof modelKey === 'string') {
    const model = modelLedger(ledger, modelKey);
    model.experiences += Number(size) || 0;
    model.bytes += Number(bytes) || 0;
  }
  return end;
}

function addEpoch(ledger: Ledger, record: unknown): void {
  const { modelKey, epoch } = record as Record<string, unknown>;
  if (typeof modelKey !== 'string' || typeof epoch !== 'number') return;
  const model = modelLedger(ledger, modelKey);
  model.epoch = Math.max(model.epoch, epoch);
}

function isLedger(value: unknown): value is Ledger {
  if (typeof value !== 'object' || value === null || !('next' in value) || !('models' in value)) return false;
  const { next, models } = value;
  return Number.isSafeInteger(next) && models instanceof Map && [...models.values()].every(isModelLedger);
}

function isModelLedger(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { experiences, bytes, epoch } = value as Record<keyof ModelLedger, unknown>;
  return [experiences, bytes, epoch].every((count) => Number.isFinite(count));
}
