import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium, type Page } from 'playwright';
import { chromiumArgs } from '../../../scripts/lib/chromium-args.mjs';
import type { TaskDeclaration } from '../../../src/core/task.ts';
import { reasonOf, TendrilError } from '../../../src/errors.ts';
import type {
  LearnerWorker,
  RankRequest,
  StartReport,
  StartRequest,
  WireResult,
} from '../../../src/protocol/messages.ts';
import { chromiumPath } from '../../replay/chromium-path.ts';
import { ensureLibrary } from '../../replay/ensure-library.ts';
import { serveLibrary } from '../../replay/serve-library.ts';

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
  await ensureLibrary();
  const profile = await mkdtemp(join(tmpdir(), 'tendril-speed-'));
  const server = await serveLibrary();
  let context: BrowserContext | null = null;
  const close = async () => {
    await context?.close();
    await server.close();
    await rm(profile, { recursive: true, force: true });
  };
  try {
    context = await chromium.launchPersistentContext(profile, {
      executablePath: await chromiumPath(),
      headless: true,
      args: chromiumArgs,
    });
    const page = context.pages()[0] ?? (await context.newPage());
    await page.goto(server.url);
    return { ...callsThrough(page), close };
  } catch (caught) {
    await close();
    throw new TendrilError('WORKER_UNAVAILABLE', { reason: reasonOf(caught) }, { cause: caught });
  }
}

function callsThrough(page: Page): Omit<ChromiumLearner, 'close'> {
  const send = async <T>(method: string, args: readonly unknown[]): Promise<T> => {
    const request = [method, JSON.stringify(args)] as const;
    const answer = await page.evaluate(([name, text]) => globalThis.callLearner(name, text), request);
    // Typed by the caller: it is the answer of the worker that was built from the same sources.
    return unwrap(JSON.parse(answer) as WireResult<T>);
  };
  return {
    async start(tasks) {
      const report = await send<StartReport>('start', [startRequest(tasks)]);
      const [refused] = Object.values(report.refused);
      if (refused) throw new TendrilError(refused.code, refused.details);
    },
    call: (method, ...args) => send(method, args),
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
    wasmUrl: '/tendril/tfjs-backend-wasm-simd.wasm',
    backends: ['webgpu', 'wasm', 'cpu'],
  };
}

function unwrap<T>(result: WireResult<T>): T {
  if (result.ok) return result.value;
  throw new TendrilError(result.error.code, result.error.details);
}
