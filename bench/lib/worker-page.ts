import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Page } from 'playwright';
import { chromiumArgs } from '../../scripts/lib/chromium-args.mjs';
import { reasonOf, TendrilError } from '../../src/errors.ts';
import { chromiumPath } from './chromium-path.ts';
import { bundle } from './bundle.ts';

/** One module of the sources in a dedicated worker of headless Chromium, with IndexedDB on disk in a profile that is deleted afterwards. */
export interface WorkerPage {
  readonly page: Page;
  /** Name and number of the browser. */
  readonly host: string;
  /** Calls one of the worker's functions (see `answerCalls`); arguments and answer are plain data. */
  readonly call: <T>(method: string, ...args: readonly unknown[]) => Promise<T>;
  /** Bytes of the worker's heap and its buffers, after garbage collection. */
  readonly workerBytes: () => Promise<number>;
  readonly close: () => Promise<void>;
}

/** Isolated, because a browser's clock ticks in 5 µs then, and tells how much memory is in use. */
const isolation = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
};

const html = `<!doctype html>
<meta charset="utf-8">
<title>Tendril memory benchmark</title>
<script type="module">
  const worker = new Worker('/worker.js');
  const waiting = new Map();
  let calls = 0;
  worker.onmessage = ({ data: { id, error, answer } }) => {
    const { resolve, reject } = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) resolve(answer);
    else reject(new Error(error));
  };
  worker.onerror = (event) => {
    for (const { reject } of waiting.values()) reject(new Error('the worker failed: ' + event.message));
  };
  globalThis.callWorker = (method, args) =>
    new Promise((resolve, reject) => {
      const id = calls++;
      waiting.set(id, { resolve, reject });
      worker.postMessage({ id, method, args });
    });
</script>`;

declare global {
  var callWorker: (method: string, args: readonly unknown[]) => Promise<unknown>;
}

/** @param entry the worker's source, relative to the root @throws WORKER_UNAVAILABLE where it does not build or there is no Chromium */
export async function openWorkerPage(entry: string): Promise<WorkerPage> {
  const cleanUp: (() => Promise<unknown>)[] = [];
  const close = async () => {
    for (const step of cleanUp.reverse()) await step();
  };
  try {
    const profile = await mkdtemp(join(tmpdir(), 'tendril-memory-'));
    cleanUp.push(() => rm(profile, { recursive: true, force: true }));
    const server = await serve(await bundle(entry));
    cleanUp.push(() => stop(server));
    const context = await chromium.launchPersistentContext(profile, {
      executablePath: await chromiumPath(),
      headless: true,
      args: chromiumArgs,
    });
    cleanUp.push(() => context.close());
    const page = context.pages()[0] ?? (await context.newPage());
    await page.goto(urlOf(server));
    const host = `Chromium ${context.browser()?.version() ?? ''}`.trim();
    return { page, host, call: callsThrough(page), workerBytes: () => workerBytes(page), close };
  } catch (caught) {
    await close();
    throw new TendrilError('WORKER_UNAVAILABLE', { reason: reasonOf(caught) }, { cause: caught });
  }
}

async function serve(workerCode: string): Promise<Server> {
  const server = createServer(({ url }, response) => {
    const [type, body] = url === '/worker.js' ? ['text/javascript', workerCode] : ['text/html; charset=utf-8', html];
    response.writeHead(200, { ...isolation, 'content-type': type }).end(body);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return server;
}

function stop(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((done, failed) => server.close((error) => (error ? failed(error) : done())));
}

function urlOf(server: Server): string {
  const address = server.address();
  return `http://127.0.0.1:${String(typeof address === 'object' && address ? address.port : 0)}/`;
}

function callsThrough(page: Page): WorkerPage['call'] {
  return async <T>(method: string, ...args: readonly unknown[]): Promise<T> =>
    (await page.evaluate(([name, given]) => globalThis.callWorker(name, given), [method, args] as const)) as T;
}

async function workerBytes(page: Page): Promise<number> {
  return page.evaluate(async () => {
    const measure = performance as Performance & {
      measureUserAgentSpecificMemory(): Promise<{
        breakdown: readonly { bytes: number; attribution: readonly { scope: string }[] }[];
      }>;
    };
    const { breakdown } = await measure.measureUserAgentSpecificMemory();
    const ofWorker = breakdown.filter(({ attribution }) =>
      attribution.some(({ scope }) => scope === 'DedicatedWorkerGlobalScope'),
    );
    return ofWorker.reduce((sum, { bytes }) => sum + bytes, 0);
  });
}
