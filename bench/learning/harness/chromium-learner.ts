import type { TaskDeclaration } from '../../../src/core/task.ts';
import { TendrilError } from '../../../src/errors.ts';
import type {
  LearnerWorker,
  RankRequest,
  StartReport,
  StartRequest,
  WireResult,
} from '../../../src/protocol/messages.ts';
import { openLibraryPage } from '../../replay/library-page.ts';

/** The built learner worker in headless Chromium, with IndexedDB on disk, as a page would use it. Calls throw what the worker answers. */
export interface ChromiumLearner {
  start(tasks: readonly TaskDeclaration[]): Promise<void>;
  call<M extends Called>(method: M, ...args: Parameters<LearnerWorker[M]>): Promise<ValueOf<LearnerWorker[M]>>;
  /** Milliseconds from a page's call to its answer, one by one. */
  timeRankings(requests: readonly RankRequest[]): Promise<readonly number[]>;
  close(): Promise<void>;
}

type Called = 'stream' | 'setCandidates' | 'feedback' | 'rank' | 'checkpoint' | 'status';
type ValueOf<F> = F extends (...args: never) => Promise<WireResult<infer T>> ? T : never;

/** @throws WORKER_UNAVAILABLE where it does not build or there is no Chromium */
export async function openChromiumLearner(): Promise<ChromiumLearner> {
  const { page, call, close } = await openLibraryPage();
  return {
    close,
    async start(tasks) {
      const report = unwrap(await call<StartReport>('start', startRequest(tasks)));
      const [refused] = Object.values(report.refused);
      if (refused) throw new TendrilError(refused.code, refused.details);
    },
    call: async (method, ...args) => unwrap(await call(method, ...args)),
    timeRankings: (requests) =>
      page.evaluate(
        timeCalls,
        requests.map((request) => JSON.stringify([request])),
      ),
  };
}

/** Runs in the page. */
async function timeCalls(requests: readonly string[]): Promise<number[]> {
  const times: number[] = [];
  for (const request of requests) {
    const startMs = performance.now();
    await globalThis.callLearner('rank', request);
    times.push(performance.now() - startMs);
  }
  return times;
}

function startRequest(tasks: readonly TaskDeclaration[]): StartRequest {
  return {
    protocolVersion: 1,
    tasks,
    namespace: 'speed',
    storage: 'indexeddb',
    registryUrl: null,
    registryAlias: 'champion',
    backends: ['webgpu', 'wasm', 'cpu'],
  };
}

function unwrap<T>(result: WireResult<T>): T {
  if (result.ok) return result.value;
  throw new TendrilError(result.error.code, result.error.details);
}
