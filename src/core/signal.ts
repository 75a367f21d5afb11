/** What a visitor does, as numbers. Shared by the page, which captures it, and the worker, which joins it to decisions. Types and names only. */

/** Said on purpose. */
export const explicitSignals = ['thumb', 'stars', 'correction', 'dismiss', 'why', 'choice'] as const;
/** Seen in what the visitor does. */
export const implicitSignals = [
  'impression',
  'click',
  'dwell',
  'scroll',
  'hover',
  'copy',
  'selection',
  'bounce',
  'session',
  'completion',
  'abandonment',
  'media',
] as const;
/** About the page's operation, not about a decision. */
export const operatingSignals = ['prediction-latency', 'lcp', 'inp', 'cls', 'fcp', 'ttfb'] as const;

export type ExplicitSignal = (typeof explicitSignals)[number];
export type ImplicitSignal = (typeof implicitSignals)[number];
export type OperatingSignal = (typeof operatingSignals)[number];
/** Built in, or a name of the page's own: lower-case letters, digits and `-`, at most 50. */
export type SignalType = ExplicitSignal | ImplicitSignal | OperatingSignal | (string & {});

/** Why a signal weighs nothing. It is kept all the same, and counted. */
export const suspicions = ['automation', 'untrusted', 'impossible-speed', 'duplicate', 'rate', 'clock'] as const;
export type Suspicion = (typeof suspicions)[number];

/**
 * One thing that happened. Numbers and names of the page's own; never text or content of the page.
 *
 * | type | value |
 * | --- | --- |
 * | thumb | 1 up, -1 down |
 * | stars | 1 to 5 |
 * | correction | 1: `item` was wrong, `instead` (an item or a label) is right |
 * | dismiss, why, choice, impression, click, hover, copy, selection, completion, abandonment | 1 |
 * | dwell | seconds of active time |
 * | scroll | largest share of the item or page that was scrolled through, 0 to 1 |
 * | bounce | seconds until the visitor came back |
 * | session | seconds of active time on the page |
 * | media | largest share played, 0 to 1 |
 * | prediction-latency, lcp, inp, fcp, ttfb | milliseconds |
 * | cls | the layout shift score |
 */
export interface Signal {
  /** The same signal delivered twice is one. At most 100 characters. */
  readonly signalId: string;
  readonly type: SignalType;
  /** Milliseconds since the Unix epoch, when it happened. */
  readonly atMs: number;
  readonly value: number;
  /** The decision it is about. Without it, it is joined by task, item and time. */
  readonly decisionId?: string;
  readonly taskId?: string;
  readonly item?: string;
  /** Of a correction: what is right instead. */
  readonly instead?: string;
  /** The value is a lower bound: the visitor left while it went on. */
  readonly censored?: boolean;
  readonly suspicion?: Suspicion;
}
