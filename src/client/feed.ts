import { systemClock } from '../core/clock.ts';
import type { Signal } from '../core/signal.ts';
import type { DecisionExplanation, SignalsStored, WireResult } from '../protocol/messages.ts';
import type { SignalInput } from '../signals/capture/capture-options.ts';
import { failure } from './connection.ts';
import type { Consent } from './consent.ts';
import type { Journal } from './journal.ts';
import type { CallWorker } from './memory.ts';

export interface FeedParts {
  readonly namespace: string;
  readonly consent: Consent;
  readonly call: CallWorker;
  /** What {@link Feed.signal} has sent and the worker has not acknowledged. */
  readonly journal: Journal<Signal>;
  /** The same of what is captured. */
  readonly captured: Journal<Signal>;
  readonly load: () => Promise<CapturePart>;
}

/** What may be set of the capture; everything has a default. */
export interface CaptureSettings {
  /** Where to listen; default the whole page. */
  readonly root?: Document;
  /** Share of the signals of a type that is kept, in [0, 1]; default 1. */
  readonly sampling?: Readonly<Record<string, number>>;
  /** Called when it has begun. */
  readonly onStart?: () => void;
}

/** The capture, loaded when it is asked for. */
export interface CapturePart {
  /** @returns a function that stops it */
  readonly capturePage: (feed: Feed, parts: FeedParts, settings: CaptureSettings) => () => void;
}

export type { SignalInput };

/** What the visitor does, and what became of it. Nothing here rejects. */
export class Feed {
  readonly #parts: FeedParts;
  /** Begins anew, each for one capture in progress. */
  readonly #restarts = new Set<() => void>();

  constructor(parts: FeedParts) {
    this.#parts = parts;
  }

  /** Tells one thing that happened. It is kept until the worker has stored it, beyond this page too. */
  async signal(input: SignalInput): Promise<WireResult<SignalsStored>> {
    const { consent, journal } = this.#parts;
    if (!consent.granted) return failure('CONSENT_MISSING', {});
    const signal: Signal = { signalId: crypto.randomUUID(), atMs: systemClock.nowMs(), value: 1, ...input };
    journal.add(signal);
    const result = await this.send([signal]);
    // What is not valid will not be valid later.
    if (result.ok || result.error.code === 'INVALID_FEEDBACK') journal.remove(signal);
    return result;
  }

  /** What an earlier page could not deliver. */
  async redeliver(): Promise<void> {
    for (const entry of this.#parts.journal.entries()) await this.signal(entry);
  }

  /** Without a journal: for whoever keeps one. */
  send(batch: readonly Signal[]): Promise<WireResult<SignalsStored>> {
    return this.#parts.call((worker) => worker.signals(batch));
  }

  /** Why a decision came out as it did, and what came of it. */
  explain(decisionId: string): Promise<WireResult<DecisionExplanation>> {
    return this.#parts.call((worker) => worker.explain(decisionId));
  }

  /**
   * Watches what the visitor does with what the page has marked by `data-tendril-…`, as long as there is consent.
   * @returns a function that stops it
   */
  capture(settings: CaptureSettings = {}): () => void {
    let stop: (() => void) | null = null;
    let wanted = true;
    const start = async () => {
      const part = await this.#parts.load().catch(() => null);
      if (wanted && this.#parts.consent.granted && !stop) stop = part?.capturePage(this, this.#parts, settings) ?? null;
    };
    const end = () => {
      stop?.();
      stop = null;
    };
    const unwatch = this.#parts.consent.watch((granted) => {
      if (granted) void start();
      else end();
    });
    const restart = () => {
      end();
      void start();
    };
    this.#restarts.add(restart);
    return () => {
      wanted = false;
      this.#restarts.delete(restart);
      unwatch();
      end();
    };
  }

  /** What is captured and not yet stored is dropped, because it is about what shall be erased; with consent the capture begins anew. */
  startOver(): void {
    for (const restart of this.#restarts) restart();
  }
}
