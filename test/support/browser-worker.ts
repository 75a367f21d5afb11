import { proxy, wrap, type Remote } from 'comlink';
import type { BackendName } from '../../src/compute/compute.ts';
import type { TaskDeclaration } from '../../src/core/task.ts';
import type { LearnerWorker, StartReport, StartRequest, WireResult, WorkerEvent } from '../../src/protocol/messages.ts';

export interface RunningWorker {
  readonly worker: Worker;
  readonly remote: Remote<LearnerWorker>;
  readonly events: WorkerEvent[];
  readonly started: WireResult<StartReport>;
  /** Resolves with the first event, past or to come, that `matches`. */
  event(matches: (event: WorkerEvent) => boolean): Promise<WorkerEvent>;
}

export interface WorkerSetup {
  readonly namespace: string;
  readonly tasks: readonly TaskDeclaration[];
  readonly backends?: readonly BackendName[];
  readonly registryUrl?: string;
  /** Default: the learner worker as it is. */
  readonly spawn?: () => Worker;
}

function learnerWorker(): Worker {
  return new Worker(new URL('../../workers/learner.worker.ts', import.meta.url), { type: 'module' });
}

/** The real learner worker on the real IndexedDB of this browser. */
export async function startWorker({
  namespace,
  tasks,
  backends = ['cpu'],
  registryUrl,
  spawn = learnerWorker,
}: WorkerSetup): Promise<RunningWorker> {
  const worker = spawn();
  const remote = wrap<LearnerWorker>(worker);
  const events: WorkerEvent[] = [];
  const waiting = new Set<(event: WorkerEvent) => void>();
  const onEvent = (event: WorkerEvent) => {
    events.push(event);
    for (const listener of waiting) listener(event);
  };
  const request: StartRequest = {
    protocolVersion: 1,
    tasks,
    namespace,
    storage: 'indexeddb',
    registryUrl: registryUrl ?? null,
    registryAlias: 'champion',
    backends,
  };
  const started = await remote.start(request, proxy(onEvent));
  const event = (matches: (event: WorkerEvent) => boolean) => {
    const past = events.find(matches);
    if (past) return Promise.resolve(past);
    return new Promise<WorkerEvent>((resolve) => {
      waiting.add((next) => {
        if (matches(next)) resolve(next);
      });
    });
  };
  return { worker, remote, events, started, event };
}

/** The value, or the error as a failed test. */
export function valueOf<T>(result: WireResult<T>): T {
  if (result.ok) return result.value;
  throw new Error(`${result.error.code}: ${result.error.message}`);
}
