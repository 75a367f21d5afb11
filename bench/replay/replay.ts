import { murmur3 } from '../../src/core/hashing.ts';
import { Rng } from '../../src/core/rng.ts';
import type { BackendName } from '../../src/compute/compute.ts';
import { TendrilError } from '../../src/errors.ts';
import type { BackendStatus, StartReport, WireError, WireResult } from '../../src/protocol/messages.ts';
import type { ReplayOptions } from './arguments.ts';
import type { ReplayWorker } from './replay-worker.ts';
import { type Quality, Score, type Timing } from './score.ts';
import { inBatches, shuffled, testThenTrain } from './steps.ts';
import type { Table } from './table.ts';

/** What `--json` prints: these keys and no others. */
export interface ReplayReport extends Quality {
  /** Rows predicted and learned per second of wall-clock time, with the log's writes and the way into the worker and back. */
  readonly eventsPerSecond: number;
  readonly predictMs: Timing;
  readonly learnMs: Timing;
  /** Bytes of the checkpoint after the last row. */
  readonly stateBytes: number;
  readonly backend: BackendName;
  readonly seed: number;
}

export interface ReplayOutcome {
  readonly report: ReplayReport;
  /** Accuracy of repeating the previous label on the same rows. */
  readonly noChangeAccuracy: number;
  readonly backendReason: string;
  /** Errors that the runtime met and recovered from. */
  readonly errors: readonly WireError[];
}

export interface ReplayRequest {
  readonly table: Table;
  readonly worker: ReplayWorker;
  readonly options: Pick<ReplayOptions, 'seed' | 'delayRows' | 'shuffleSeed' | 'backend' | 'learner'>;
  /** Called with the number of rows answered so far. */
  readonly onProgress?: (rows: number) => void;
  readonly monotonicMs: () => number;
}

const taskId = 'replay';
/** Steps in one call of the worker: one write to the log for all of them. */
const batchSteps = 100;

/** Streams a table through a learner that knows nothing yet. @throws what the runtime answers, and INVALID_CONFIG for a task it refuses */
export async function replay(request: ReplayRequest): Promise<ReplayOutcome> {
  const { worker, options } = request;
  await start(request);
  const first = await settledBackend(worker);
  if (options.backend !== null && first.serving !== options.backend) {
    throw new TendrilError('BACKEND_UNAVAILABLE', { backend: options.backend, reason: first.why });
  }
  const { score, elapsedMs } = await stream(request);
  unwrap(await worker.checkpoint(taskId));
  const status = unwrap(await worker.status());
  const { serving, why } = status.tasks[taskId]?.backend ?? status.backend;
  const quality = score.quality();
  return {
    report: {
      ...quality,
      eventsPerSecond: (quality.rows / elapsedMs) * 1000,
      ...score.timings(),
      stateBytes: status.tasks[taskId]?.stateBytes ?? 0,
      backend: serving,
      seed: options.seed,
    },
    noChangeAccuracy: score.noChangeAccuracy(),
    backendReason: why,
    errors: status.errors,
  };
}

async function start({ table, worker, options }: ReplayRequest): Promise<void> {
  const { place } = worker;
  const task = {
    kind: 'classification',
    id: taskId,
    seed: options.seed,
    learner: options.learner,
    // What is measured is how well it learns; what the gate costs is measured elsewhere.
    versions: { promotion: 'continuous' },
    schema: { input: table.schema() },
    // As a page would declare it that knows when its labels come.
    labels: options.delayRows > 0 ? 'delayed' : 'immediate',
  } as const;
  const report: StartReport = unwrap(
    await worker.start({
      protocolVersion: 1,
      tasks: [task],
      namespace: 'replay',
      storage: place.storage,
      registryUrl: null,
      registryAlias: 'champion',
      backends: options.backend === null ? place.backends : [options.backend],
    }),
  );
  const refused = report.refused[taskId];
  if (refused) throw new TendrilError(refused.code, refused.details);
}

/** A run is to be of one backend, so it waits for the probe, which the runtime runs in the background. */
async function settledBackend(worker: ReplayWorker): Promise<BackendStatus> {
  for (;;) {
    const status = unwrap(await worker.status());
    const backend = status.tasks[taskId]?.backend ?? status.backend;
    if (backend.settled) return backend;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function stream({
  table,
  worker,
  options,
  onProgress,
  monotonicMs,
}: ReplayRequest): Promise<{ score: Score; elapsedMs: number }> {
  const score = new Score();
  const { shuffleSeed, delayRows } = options;
  const rng = Rng.fromSeed(murmur3('shuffle', shuffleSeed ?? 0));
  const examples =
    shuffleSeed === null ? table.examples() : await shuffled(table.examples(), (rows) => rng.shuffle(rows));
  const startMs = monotonicMs();
  for await (const batch of inBatches(testThenTrain(examples, delayRows), batchSteps)) {
    score.update(
      batch,
      unwrap(
        await worker.stream(
          taskId,
          batch.map(({ step }) => step),
        ),
      ),
    );
    onProgress?.(score.rows);
  }
  return { score, elapsedMs: monotonicMs() - startMs };
}

function unwrap<T>(result: WireResult<T>): T {
  if (result.ok) return result.value;
  const { code, details } = result.error;
  throw new TendrilError(code, details);
}
