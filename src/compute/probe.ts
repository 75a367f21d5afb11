import type { Clock } from '../core/clock.ts';
import { reasonOf, TendrilError } from '../errors.ts';
import type { BackendName, ComputeBackend, NetworkSpec, NetworkState, OpenBackend } from './compute.ts';
import { measureNetwork } from './network-timing.ts';

/** What was measured on one backend; figures are null where it could not be measured. */
export interface ProbeResult {
  readonly backend: BackendName;
  readonly deviceKey: string | null;
  readonly available: boolean;
  /** Why it is not available. */
  readonly reason: string | null;
  /** Milliseconds from asking for the scores of one row until they are there, median. */
  readonly predictMs: number | null;
  /** Milliseconds of one training step until the device has done it, median. */
  readonly learnMs: number | null;
  /** Timings that each median is of. */
  readonly samples: number;
}

/** What the probe found; plain data, to be kept under {@link shapeKey} and the device's key. */
export interface ProbeReport {
  readonly chosen: BackendName;
  /** One sentence for people, with the figures. */
  readonly why: string;
  readonly results: readonly ProbeResult[];
  readonly shapeKey: string;
  /** Wall clock, milliseconds since the Unix epoch. */
  readonly measuredAtMs: number;
}

export interface ProbeOptions {
  /** Candidates; where two are equally fast the earlier one is chosen. */
  readonly names: readonly BackendName[];
  readonly open: OpenBackend;
  readonly spec: NetworkSpec;
  /** The weights to measure with; they are copied. */
  readonly state: NetworkState;
  readonly clock: Clock;
  /** Resolves after `ms`; it bounds the time that one backend may take. */
  readonly delay: (ms: number) => Promise<void>;
  /** Lets waiting work in between two timings, so that predictions are served meanwhile. */
  readonly yieldToEvents: () => Promise<void>;
  /** Called with each backend that was opened and not chosen. Without it they stay open: whoever opened them owns them. */
  readonly release?: (backend: ComputeBackend) => void;
  readonly timeLimitMs?: number;
}

/**
 * Times the network on every candidate, one after the other, and chooses the smallest time of a prediction plus a step.
 * @throws BACKEND_UNAVAILABLE when no candidate could be measured
 */
export async function probeBackends(options: ProbeOptions): Promise<ProbeReport> {
  const results: ProbeResult[] = [];
  const opened = new Map<BackendName, ComputeBackend>();
  for (const name of options.names) {
    results.push(await probeBackend(name, options, (backend) => opened.set(name, backend)));
    await options.yieldToEvents();
  }
  const chosen = chooseBackend(results);
  for (const [name, backend] of opened) if (name !== chosen) options.release?.(backend);
  if (chosen === undefined) throw noBackend(results);
  const { spec, clock } = options;
  return {
    chosen,
    why: explainChoice(chosen, results),
    results,
    shapeKey: shapeKey(spec),
    measuredAtMs: clock.nowMs(),
  };
}

/** What a measurement depends on beside the device: the network's shape, its loss, its optimizer and its batch. */
export function shapeKey({
  inputSize,
  hiddenSizes,
  wide,
  outputSize,
  batchSize,
  loss,
  optimizer,
}: NetworkSpec): string {
  const sizes = [inputSize, ...(hiddenSizes.length > 0 ? hiddenSizes : [0]), outputSize].join('-');
  const unusual = [...(wide ? [] : ['deep']), ...(optimizer.kind === 'adam' ? [] : [optimizer.kind])];
  return [sizes, batchSize, loss, ...unusual].join('/');
}

/** Smallest predictMs + learnMs; the earlier of equals; undefined when nothing was measured. */
export function chooseBackend(results: readonly ProbeResult[]): BackendName | undefined {
  let best: { backend: BackendName; totalMs: number } | undefined;
  for (const { backend, predictMs, learnMs } of results) {
    if (predictMs === null || learnMs === null) continue;
    const totalMs = predictMs + learnMs;
    if (!best || totalMs < best.totalMs) best = { backend, totalMs };
  }
  return best?.backend;
}

async function probeBackend(
  name: BackendName,
  options: ProbeOptions,
  onOpened: (backend: ComputeBackend) => void,
): Promise<ProbeResult> {
  const { timeLimitMs = 10_000, delay, open, release } = options;
  // The measurement cannot be stopped from outside when a driver hangs, so that it is told and left behind.
  const run = { abandoned: false };
  const attempt = (async (): Promise<ProbeResult> => {
    const backend = await open(name);
    if (run.abandoned) {
      release?.(backend);
      throw new Error('it opened too late');
    }
    onOpened(backend);
    const timings = await measureNetwork(backend, options, () => run.abandoned);
    return { backend: name, deviceKey: backend.deviceKey, available: true, reason: null, ...timings };
  })();
  const failed = (reason: string): ProbeResult => ({
    ...unmeasured,
    backend: name,
    deviceKey: null,
    available: false,
    reason,
  });
  const guarded = attempt.catch((caught: unknown) => failed(reasonOf(caught)));
  const timeLimit = delay(timeLimitMs).then(() => failed(`it took longer than ${timeLimitMs} ms`));
  const result = await Promise.race([guarded, timeLimit]);
  run.abandoned = true;
  return result;
}

const unmeasured = { predictMs: null, learnMs: null, samples: 0 };

function explainChoice(chosen: BackendName, results: readonly ProbeResult[]): string {
  const figures = results.map(({ backend, predictMs, learnMs, reason }) =>
    predictMs === null || learnMs === null
      ? `${backend} is out (${reason ?? 'not measured'})`
      : `${backend} takes ${format(predictMs)} a prediction and ${format(learnMs)} a training step`,
  );
  return `${chosen} is the fastest here for this network: ${figures.join('; ')}.`;
}

function format(milliseconds: number): string {
  return `${milliseconds >= 10 ? milliseconds.toFixed(0) : milliseconds.toPrecision(2)} ms`;
}

function noBackend(results: readonly ProbeResult[]): TendrilError {
  const reason = results.map((result) => `${result.backend}: ${result.reason ?? 'not measured'}`).join('; ');
  return new TendrilError('BACKEND_UNAVAILABLE', {
    backend: results.map((result) => result.backend).join(', '),
    reason,
  });
}
