import type { Remote } from 'comlink';
import { reasonOf, TendrilError } from '../errors.ts';
import type { LearnerWorker, StoredData, WireResult } from '../protocol/messages.ts';
import { failure, isObject } from './connection.ts';
import { globalPrivacyControl } from './consent.ts';
import { eraseStorage, isStored } from './erase-storage.ts';
export { followTcf } from '../signals/tcf-consent.ts';
import type { CallWorker, Memory } from './memory.ts';
import type { PrivacyParts, PrivacyStatus } from './privacy.ts';

export function createMemory(call: CallWorker): Memory {
  return {
    status: (taskId) => call((worker) => worker.memory(taskId)),
    entries: (taskId) => call((worker) => worker.knowledge(taskId)),
    forget: (request) => call((worker) => worker.forget(request)),
    consolidate: (taskId) => call((worker) => worker.consolidate(taskId)),
  };
}

const NOTHING: StoredData = { storage: 'indexeddb', records: {} };

export async function readStatus(parts: PrivacyParts): Promise<PrivacyStatus> {
  const answer = await read(parts, (worker) => worker.storedData(), NOTHING);
  return {
    consent: parts.consent.state,
    globalPrivacyControl: globalPrivacyControl(),
    stored: answer.ok ? answer.value : null,
    error: answer.ok ? null : answer.error,
  };
}

export function readCopy(parts: PrivacyParts): Promise<WireResult<Blob>> {
  const undelivered = parts.journals.flatMap((journal) => journal.entries());
  return read(parts, (worker) => worker.exportData(undelivered), emptyExport(undelivered));
}

export async function erase({ namespace }: PrivacyParts): Promise<WireResult<null>> {
  try {
    await eraseStorage(namespace);
    return { ok: true, value: null };
  } catch (caught) {
    return caught instanceof TendrilError
      ? failure(caught.code, caught.details)
      : failure('STORAGE_FAILED', { reason: reasonOf(caught) });
  }
}

/** Without consent a worker is started to read what is there from before, and only if there is something: opening a database makes it. */
async function read<T extends object>(
  { consent, namespace, reader }: PrivacyParts,
  operation: (worker: Remote<LearnerWorker>) => Promise<WireResult<T>>,
  nothing: T,
): Promise<WireResult<T>> {
  if (!consent.granted && !(await isStored(namespace))) return { ok: true, value: nothing };
  const { connection, close } = reader();
  const answer = await connection.call(operation, isObject);
  close();
  return answer;
}

function emptyExport(undelivered: readonly unknown[]): Blob {
  return new Blob([JSON.stringify({ format: 'tendril-export/1', tables: {}, undelivered })], {
    type: 'application/json',
  });
}
