import type { Remote } from 'comlink';
import { reasonOf, TendrilError } from '../errors.ts';
import type { LearnerWorker, StoredData, WireError, WireResult } from '../protocol/messages.ts';
import { failure, isObject, type Connection } from './connection.ts';
import { globalPrivacyControl, type Consent, type ConsentState } from './consent.ts';
import { eraseStorage, isStored } from './erase-storage.ts';
import type { FeedbackJournal } from './feedback-journal.ts';

export interface PrivacyStatus {
  readonly consent: ConsentState;
  /** Whether the browser sends Global Privacy Control. */
  readonly globalPrivacyControl: boolean;
  /** What is stored on this device; null where that cannot be read, with the reason in `error`. */
  readonly stored: StoredData | null;
  readonly error: WireError | null;
}

/** What the handle does for its privacy. */
export interface PrivacyParts {
  readonly consent: Consent;
  readonly journal: FeedbackJournal;
  readonly namespace: string;
  /** The worker in use, or one without a task, for reading alone. */
  readonly reader: () => { readonly connection: Connection; readonly close: () => void };
  /** Ends the worker and forgets what is on its way to it. */
  readonly disconnect: () => void;
  /** Starts a worker where there is consent. */
  readonly connect: () => void;
}

const NOTHING: StoredData = { storage: 'indexeddb', records: {} };

/** What the visitor may ask for: what is there, a copy of it, its end. Nothing here rejects. */
export class Privacy {
  readonly #parts: PrivacyParts;
  /** Tells the other tabs; null where there is no channel. */
  readonly #channel: BroadcastChannel | null;

  constructor(parts: PrivacyParts) {
    this.#parts = parts;
    this.#channel =
      typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel(`tendril:${parts.namespace}:privacy`);
    this.#channel?.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
      if (data === 'withdrawn') parts.consent.set('withdrawn');
      if (data === 'withdrawn' || data === 'erased') this.#startOver();
    });
  }

  /** The visitor agrees: from now on Tendril runs. Remembering the answer is the page's (or its consent manager's) business. */
  grant(): void {
    this.#parts.consent.set('granted');
  }

  /** The visitor takes it back: capture stops at once, in the other tabs too, and what is stored is erased. */
  withdraw(): Promise<WireResult<null>> {
    this.#parts.consent.set('withdrawn');
    return this.#erase('withdrawn');
  }

  /** Calls at once where consent is there, and at every change. @returns a function that stops it */
  onConsent(listener: (granted: boolean) => void): () => void {
    return this.#parts.consent.watch(listener);
  }

  async status(): Promise<PrivacyStatus> {
    const { consent } = this.#parts;
    const answer = await this.#read((worker) => worker.storedData(), NOTHING);
    return {
      consent: consent.state,
      globalPrivacyControl: globalPrivacyControl(),
      stored: answer.ok ? answer.value : null,
      error: answer.ok ? null : answer.error,
    };
  }

  /** Everything that is stored, as one JSON file. */
  export(): Promise<WireResult<Blob>> {
    const undelivered = this.#parts.journal.entries();
    return this.#read((worker) => worker.exportData(undelivered), emptyExport(undelivered));
  }

  /** Erases everything that is stored: log, decisions, models, outbox, caches. With consent Tendril then starts over. */
  erase(): Promise<WireResult<null>> {
    return this.#erase('erased');
  }

  dispose(): void {
    this.#channel?.close();
  }

  async #erase(word: 'erased' | 'withdrawn'): Promise<WireResult<null>> {
    const { disconnect, journal, namespace, connect } = this.#parts;
    disconnect();
    // Their workers must not write behind our back.
    this.#channel?.postMessage(word);
    try {
      await eraseStorage(namespace);
      return { ok: true, value: null };
    } catch (caught) {
      return caught instanceof TendrilError
        ? failure(caught.code, caught.details)
        : failure('STORAGE_FAILED', { reason: reasonOf(caught) });
    } finally {
      journal.clear();
      connect();
    }
  }

  #startOver(): void {
    const { disconnect, journal, connect } = this.#parts;
    disconnect();
    journal.clear();
    connect();
  }

  /** Without consent a worker is started to read what is there from before, and only if there is something: opening a database makes it. */
  async #read<T extends object>(
    operation: (worker: Remote<LearnerWorker>) => Promise<WireResult<T>>,
    nothing: T,
  ): Promise<WireResult<T>> {
    const { consent, namespace, reader } = this.#parts;
    if (!consent.granted && !(await isStored(namespace))) return { ok: true, value: nothing };
    const { connection, close } = reader();
    const answer = await connection.call(operation, isObject);
    close();
    return answer;
  }
}

function emptyExport(undelivered: readonly unknown[]): Blob {
  return new Blob([JSON.stringify({ format: 'tendril-export/1', tables: {}, undelivered })], {
    type: 'application/json',
  });
}
