import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { basename } from 'node:path';
import { chromium, type Browser, type Page } from 'playwright';
import { chromiumArgs } from '../../../scripts/lib/chromium-args.mjs';
import { fromRoot } from '../../../scripts/lib/paths.mjs';
import { reasonOf, TendrilError } from '../../../src/errors.ts';
import { chromiumPath } from '../../lib/chromium-path.ts';
import { contentTypeOf, isolation, listen, type OpenServer } from '../../lib/isolated-server.ts';
import type { Contender } from '../contender.ts';
import { ONNX_FOLDER } from '../rivals.ts';
import { bundleContender } from './bundle-contender.ts';
import { openedBy, type Host } from './host.ts';

/** The page answers for its workers, which are numbered as they were opened. */
const html = `<!doctype html>
<meta charset="utf-8">
<title>Tendril compute benchmark</title>
<script type="module">
  const workers = [];
  let calls = 0;
  globalThis.openContender = (name) => {
    const worker = new Worker('/contenders/' + name + '.js', { type: 'module' });
    const waiting = new Map();
    worker.onmessage = ({ data }) => {
      const { resolve, reject } = waiting.get(data.id);
      waiting.delete(data.id);
      if (data.error === undefined) resolve(data.value);
      else reject(new Error(data.error));
    };
    worker.onerror = (event) => {
      for (const { reject } of waiting.values()) reject(new Error('the contender failed: ' + event.message));
    };
    return workers.push({ worker, waiting }) - 1;
  };
  globalThis.callContender = (number, method, args) =>
    new Promise((resolve, reject) => {
      const { worker, waiting } = workers[number];
      const id = calls++;
      waiting.set(id, { resolve, reject });
      worker.postMessage({ id, method, args });
    });
  globalThis.endContender = (number) => workers[number].worker.terminate();
</script>`;

declare global {
  var openContender: (name: string) => number;
  var callContender: (number: number, method: string, args: readonly unknown[]) => Promise<unknown>;
  var endContender: (number: number) => void;
}

/** A worker of one page in headless Chromium for each contender. @throws WORKER_UNAVAILABLE where there is no Chromium */
export async function openChromiumHost(hasOnnxRuntime: boolean): Promise<Host> {
  const server = await serve();
  let browser: Browser | null = null;
  try {
    browser = await chromium.launch({ executablePath: await chromiumPath(), headless: true, args: chromiumArgs });
    const page = await browser.newPage();
    await page.goto(server.url);
    return hostOf(browser, page, server, hasOnnxRuntime);
  } catch (caught) {
    await browser?.close();
    await server.close();
    throw new TendrilError('WORKER_UNAVAILABLE', { reason: reasonOf(caught) }, { cause: caught });
  }
}

function hostOf(browser: Browser, page: Page, server: OpenServer, hasOnnxRuntime: boolean): Host {
  const wasmFolder = `${server.url}tfjs/`;
  const folder = `${server.url}onnx/`;
  const onnx = hasOnnxRuntime ? { module: `${folder}ort.wasm.min.mjs`, folder } : null;
  return {
    name: 'Chromium',
    backends: ['cpu', 'wasm', 'webgpu'],
    hasOnnxRuntime,
    async open(name, task) {
      const number = await page.evaluate((contender) => globalThis.openContender(contender), name);
      const call = (method: keyof Contender, ...args: unknown[]): Promise<unknown> =>
        page.evaluate((given) => globalThis.callContender(...given), [number, method, args] as const);
      await call('open', { ...task, wasmFolder, onnx });
      return openedBy(call, () => page.evaluate((ended) => globalThis.endContender(ended), number));
    },
    async close() {
      try {
        await browser.close();
      } finally {
        await server.close();
      }
    },
  };
}

async function serve(): Promise<OpenServer> {
  const bundles = new Map<string, Promise<string>>();
  const bodyOf = async (folder: string, file: string): Promise<string | Buffer> => {
    if (folder === 'tfjs') return readFile(fromRoot('node_modules/@tensorflow/tfjs-backend-wasm/dist', file));
    if (folder === 'onnx') return readFile(fromRoot(ONNX_FOLDER, file));
    if (folder !== 'contenders') return html;
    const name = basename(file, '.js');
    const bundle = bundles.get(name) ?? bundleContender(name, false);
    bundles.set(name, bundle);
    return bundle;
  };
  const server = createServer(({ url = '/' }, response) => {
    const [, folder = '', file = ''] = new URL(url, 'http://localhost').pathname.split('/');
    const type = contentTypeOf(file, 'text/html; charset=utf-8');
    bodyOf(folder, basename(file)).then(
      (body) => response.writeHead(200, { ...isolation, 'content-type': type }).end(body),
      (caught: unknown) => response.writeHead(404).end(reasonOf(caught)),
    );
  });
  return listen(server);
}
