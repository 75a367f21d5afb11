import type { Clock } from '../../core/clock.ts';
import type { Signal, Suspicion } from '../../core/signal.ts';
import type { RateLimit } from './quality-rate.ts';
import type { Timers } from './timers.ts';

/** Signals that are not delivered yet, kept beyond the page. Shared by the tabs of an origin. */
export interface SignalJournal {
  load(): Signal[];
  save(signals: readonly Signal[]): void;
}

/** A few words that outlive the page but not the tab: `sessionStorage`, or what stands in for it. */
export type TabStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

/** How the page came to be. */
export interface PageLoad {
  /** Whether the visitor came to it by going back (or forward). */
  readonly wentBack: boolean;
  /** When it began, in milliseconds since the Unix epoch. */
  readonly atMs: number;
}

/** Calls `report` with each web vital when it is known. @param later runs something in a task of its own */
export type VitalsSource = (
  report: (type: 'lcp' | 'inp' | 'cls' | 'fcp' | 'ttfb', value: number) => void,
  later: (run: () => void) => void,
) => void;

/** A signal that the page gives: what it leaves out is filled in. */
export type SignalInput = Omit<Signal, 'signalId' | 'atMs' | 'value'> & Partial<Signal>;

export interface CaptureOptions {
  /** Where to listen. */
  readonly root: Document;
  readonly clock: Clock;
  /** Unique for this page view: signals are named after it. */
  readonly pageId: string;
  /** Gives a batch to the worker; true when it is stored. */
  readonly deliver: (batch: readonly Signal[]) => Promise<boolean>;
  readonly journal: SignalJournal;
  /** Share of a type that is captured, in [0, 1], chosen by a hash of the signal's id; default 1. */
  readonly sampling?: Readonly<Record<string, number>>;
  /** Limits by type, instead of the built-in ones. */
  readonly rate?: Readonly<Record<string, RateLimit>>;
  /** Active time ends this long after the last input; default 15,000 ms. */
  readonly idleAfterMs?: number;
  /** Whether the browser is driven by a program; default `navigator.webdriver`. */
  readonly automated?: boolean;
  readonly timers?: Timers;
  /** Default: the tab's `sessionStorage`. */
  readonly storage?: TabStorage;
  /** Default: as the browser says. */
  readonly pageLoad?: PageLoad;
  /** Default: the library web-vitals; null for none. */
  readonly vitals?: VitalsSource | null;
}

export interface CaptureCounts {
  /** Signals made, by type, those with a suspicion among them. */
  readonly captured: Readonly<Record<string, number>>;
  /** Left out by `sampling`. */
  readonly sampledOut: number;
  /** Lost because too many waited, or because a type came far too often. */
  readonly dropped: number;
  /** Errors in the capture itself. */
  readonly failures: number;
  readonly suspicious: Readonly<Partial<Record<Suspicion, number>>>;
}

export interface Capture {
  /** Ends everything at once and forgets what is not delivered, in the journal too. */
  stop(): void;
  /** Delivers what waits; resolves when each of it is acknowledged or has failed. */
  flush(): Promise<void>;
  signal(signal: SignalInput): void;
  counts(): CaptureCounts;
}
