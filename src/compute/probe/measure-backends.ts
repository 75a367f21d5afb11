import { reasonOf, TendrilError } from '../../errors.ts';
import type { BackendName, ComputeBackend, OpenBackend } from '../compute.ts';

/** What was measured on one backend. */
export interface Measured<T> {
  readonly backend: BackendName;
  readonly deviceKey: string | null;
  readonly available: boolean;
  /** Why it is not available. */
  readonly reason: string | null;
  /** null where it could not be measured. */
  readonly figures: T | null;
}

export interface MeasureOptions {
  /** Candidates, measured in this order. */
  readonly names: readonly BackendName[];
  readonly open: OpenBackend;
  /** Resolves after `ms`; it bounds the time that one backend may take. */
  readonly delay: (ms: number) => Promise<void>;
  /** Lets waiting work in between two timings, so that predictions are served meanwhile. */
  readonly yieldToEvents: () => Promise<void>;
  /** Called with each backend that was opened and not chosen. Without it they stay open: whoever opened them owns them. */
  readonly release?: (backend: ComputeBackend) => void;
  readonly timeLimitMs?: number;
}

/** Measures one backend; what it makes there it disposes. @param isAbandoned asked between timings: once true nobody waits for the rest */
export type Measure<T> = (backend: ComputeBackend, isAbandoned: () => boolean) => Promise<T>;

/**
 * Measures every candidate, one after the other. One that fails, or takes too long, is out; the others are measured all the same.
 * @param choose what is chosen, and which backends stay open for it; undefined when nothing could be measured
 * @throws BACKEND_UNAVAILABLE when nothing is chosen
 */
export async function measureBackends<T, C extends object>(
  options: MeasureOptions,
  measure: Measure<T>,
  choose: (
    results: readonly Measured<T>[],
  ) => { readonly choice: C; readonly kept: readonly BackendName[] } | undefined,
): Promise<{ readonly results: readonly Measured<T>[]; readonly choice: C }> {
  const results: Measured<T>[] = [];
  const opened = new Map<BackendName, ComputeBackend>();
  for (const name of options.names) {
    results.push(await measureOne(name, options, measure, (backend) => opened.set(name, backend)));
    await options.yieldToEvents();
  }
  const chosen = choose(results);
  for (const [name, backend] of opened) if (!chosen?.kept.includes(name)) options.release?.(backend);
  if (!chosen) throw noBackend(results);
  return { results, choice: chosen.choice };
}

async function measureOne<T>(
  name: BackendName,
  { timeLimitMs = 10_000, delay, open, release }: MeasureOptions,
  measure: Measure<T>,
  onOpened: (backend: ComputeBackend) => void,
): Promise<Measured<T>> {
  // The measurement cannot be stopped from outside when a driver hangs, so that it is told and left behind.
  const run = { abandoned: false };
  const attempt = (async (): Promise<Measured<T>> => {
    const backend = await open(name);
    if (run.abandoned) {
      release?.(backend);
      throw new Error('it opened too late');
    }
    onOpened(backend);
    const figures = await measure(backend, () => run.abandoned);
    return { backend: name, deviceKey: backend.deviceKey, available: true, reason: null, figures };
  })();
  const failed = (reason: string): Measured<T> => ({
    ...{ backend: name, deviceKey: null, available: false },
    ...{ reason, figures: null },
  });
  const guarded = attempt.catch((caught: unknown) => failed(reasonOf(caught)));
  const timeLimit = delay(timeLimitMs).then(() => failed(`it took longer than ${timeLimitMs} ms`));
  const result = await Promise.race([guarded, timeLimit]);
  run.abandoned = true;
  return result;
}

/** For people. */
export function formatMs(milliseconds: number): string {
  return `${milliseconds >= 10 ? milliseconds.toFixed(0) : milliseconds.toPrecision(2)} ms`;
}

function noBackend(results: readonly Measured<unknown>[]): TendrilError {
  const reason = results.map((result) => `${result.backend}: ${result.reason ?? 'not measured'}`).join('; ');
  return new TendrilError('BACKEND_UNAVAILABLE', {
    backend: results.map((result) => result.backend).join(', '),
    reason,
  });
}
