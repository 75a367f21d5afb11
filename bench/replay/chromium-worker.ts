import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium, type Page } from 'playwright';
import { reasonOf, TendrilError } from '../../src/errors.ts';
import type { WireResult } from '../../src/protocol/messages.ts';
import { chromiumArgs } from '../../scripts/lib/chromium-args.mjs';
import { chromiumPath } from './chromium-path.ts';
import { ensureLibrary } from './ensure-library.ts';
import type { ReplayWorker } from './replay-worker.ts';
import { serveLibrary } from './serve-library.ts';

/** The built learner worker in headless Chromium, with IndexedDB on disk in a profile that is deleted afterwards. @throws WORKER_UNAVAILABLE */
export async function openChromiumWorker(): Promise<ReplayWorker> {
  await ensureLibrary();
  const profile = await mkdtemp(join(tmpdir(), 'tendril-replay-'));
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
    return { ...callsThrough(page), host: `Chromium ${context.browser()?.version() ?? ''}`.trim(), close };
  } catch (caught) {
    await close();
    throw new TendrilError('WORKER_UNAVAILABLE', { reason: reasonOf(caught) }, { cause: caught });
  }
}

function callsThrough(page: Page): Omit<ReplayWorker, 'host' | 'close'> {
  // JSON text crosses into the page much faster than Playwright's own serialisation of large objects.
  const call = async <T>(method: string, ...args: readonly unknown[]): Promise<WireResult<T>> => {
    const request = [method, JSON.stringify(args)] as const;
    // Typed by the caller: it is the answer of the worker that was built from the same sources.
    return JSON.parse(
      await page.evaluate(([name, text]) => globalThis.callLearner(name, text), request),
    ) as WireResult<T>;
  };
  return {
    place: {
      storage: 'indexeddb',
      wasmUrl: '/tendril/tfjs-backend-wasm-simd.wasm',
      backends: ['webgpu', 'wasm', 'cpu'],
    },
    start: (request) => call('start', request),
    stream: (taskId, steps) => call('stream', taskId, steps),
    checkpoint: (taskId) => call('checkpoint', taskId),
    status: () => call('status'),
  };
}
