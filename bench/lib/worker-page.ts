import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Page } from 'playwright';
import { chromiumArgs } from '../../scripts/lib/chromium-args.mjs';
import { reasonOf, TendrilError } from '../../src/errors.ts';
import { chromiumPath } from './chromium-path.ts';
import { bundle } from './bundle.ts';
import { isolation, listen, type OpenServer } from './isolated-server.ts';

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

const headers = { ...isolation, 'cache-control': 'no-store' };

const html = `<!doctype html>
<meta charset="utf-8">
<title>Tendril benchmark</title>
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
    const profile = await mkdtemp(join(tmpdir(), 'tendril-benchmark-'));
    cleanUp.push(() => rm(profile, { recursive: true, force: true }));
    const server = await serve(await bundle(entry));
    cleanUp.push(() => server.close());
    const context = await chromium.launchPersistentContext(profile, {
      executablePath: await chromiumPath(),
      headless: true,
      args: chromiumArgs,
    });
    cleanUp.push(() => context.close());
    const page = context.pages()[0] ?? (await context.newPage());
    await page.goto(server.url);
    const host = `Chromium ${context.browser()?.version() ?? ''}`.trim();
    return { page, host, call: callsThrough(page), workerBytes: () => workerBytes(page), close };
  } catch (caught) {
    await close();
    throw new TendrilError('WORKER_UNAVAILABLE', { reason: reasonOf(caught) }, { cause: caught });
  }
}

async function serve(workerCode: string): Promise<OpenServer> {
  const server = createServer(({ url }, response) => {
    const [type, body] = url === '/worker.js' ? ['text/javascript', workerCode] : ['text/html; charset=utf-8', html];
    response.writeHead(200, { ...headers, 'content-type': type }).end(body);
  });
  return listen(server);
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
