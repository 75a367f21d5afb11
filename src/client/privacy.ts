import type { StoredData, WireError, WireResult } from '../protocol/messages.ts';
import type { Connection } from './connection.ts';
import { globalPrivacyControl, type Consent, type ConsentState } from './consent.ts';
import type { Journal } from './journal.ts';
import type { CallWorker, Memory } from './memory.ts';
import { withPart } from './on-demand.ts';

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
  readonly journals: readonly Journal<object>[];
  readonly namespace: string;
  /** The worker in use, or one without a task, for reading alone. */
  readonly reader: () => { readonly connection: Connection; readonly close: () => void };
  /** Ends the worker and forgets what is on its way to it. */
  readonly disconnect: () => void;
  /** Starts a worker where there is consent. */
  readonly connect: () => void;
  readonly load: () => Promise<PrivacyPart>;
}

/** Reading and erasing, loaded when they are asked for. */
export interface PrivacyPart {
  readonly readStatus: (parts: PrivacyParts) => Promise<PrivacyStatus>;
  readonly readCopy: (parts: PrivacyParts) => Promise<WireResult<Blob>>;
  readonly erase: (parts: PrivacyParts) => Promise<WireResult<null>>;
  readonly followTcf: (onAnswer: (granted: boolean) => void) => void;
  /** What is remembered is read and forgotten by the same part. */
  readonly createMemory: (call: CallWorker) => Memory;
}

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
      if (data === 'withdrawn' || data === 'erased') {
        parts.disconnect();
        this.#finish();
      }
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

  /** From now on a consent manager of the TCF answers for the visitor. */
  followTcf(): Promise<WireResult<null>> {
    return this.#load(({ followTcf }) => {
      followTcf((granted) => {
        if (granted) this.grant();
        else void this.withdraw();
      });
      return { ok: true, value: null };
    });
  }

  /** Calls at once where consent is there, and at every change. @returns a function that stops it */
  onConsent(listener: (granted: boolean) => void): () => void {
    return this.#parts.consent.watch(listener);
  }

  async status(): Promise<PrivacyStatus> {
    const { consent } = this.#parts;
    const answer = await this.#load(async ({ readStatus }) => ({ ok: true, value: await readStatus(this.#parts) }));
    if (answer.ok) return answer.value;
    return { consent: consent.state, globalPrivacyControl: globalPrivacyControl(), stored: null, error: answer.error };
  }

  /** Everything that is stored, as one JSON file. */
  export(): Promise<WireResult<Blob>> {
    return this.#load(({ readCopy }) => readCopy(this.#parts));
  }

  /** Erases everything that is stored: log, decisions, models, outbox, caches. With consent Tendril then starts over. */
  erase(): Promise<WireResult<null>> {
    return this.#erase('erased');
  }

  dispose(): void {
    this.#channel?.close();
  }

  async #erase(word: 'erased' | 'withdrawn'): Promise<WireResult<null>> {
    this.#parts.disconnect();
    // Their workers must not write behind our back.
    this.#channel?.postMessage(word);
    const erased = await this.#load(({ erase }) => erase(this.#parts));
    this.#finish();
    return erased;
  }

  #finish(): void {
    for (const journal of this.#parts.journals) journal.clear();
    this.#parts.connect();
  }

  #load<T>(use: (part: PrivacyPart) => WireResult<T> | Promise<WireResult<T>>): Promise<WireResult<T>> {
    return withPart(this.#parts.load, use);
  }
}
