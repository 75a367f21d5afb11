import { readFile } from 'node:fs/promises';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { extname, normalize, resolve, sep } from 'node:path';
import { fromRoot } from '../../scripts/lib/paths.mjs';

declare global {
  /** Set by the page below. `args` and the answer are JSON text. */
  var callLearner: (method: string, args: string) => Promise<string>;
}

/** A worker whose script fails to load or throws answers nothing, so every call races with that. */
const page = `<!doctype html>
<meta charset="utf-8">
<title>Tendril stream replay</title>
<script type="module">
  import * as Comlink from '/comlink.mjs';
  const worker = new Worker('/tendril/learner.worker.mjs', { type: 'module' });
  const failed = new Promise((_, reject) => {
    worker.onerror = (event) => reject(new Error('the learner worker failed: ' + (event.message ?? 'its script did not load')));
  });
  failed.catch(() => undefined);
  const learner = Comlink.wrap(worker);
  globalThis.callLearner = async (method, text) => {
    const args = JSON.parse(text);
    if (method === 'start') args.push(Comlink.proxy(() => undefined));
    return JSON.stringify(await Promise.race([learner[method](...args), failed]));
  };
</script>`;

/** Isolated, because a browser's clock ticks in 5 µs then and in 100 µs otherwise: most predictions would take 0 ms. */
const isolation = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
  'cross-origin-resource-policy': 'same-origin',
};

const contentTypes: Record<string, string> = {
  '.mjs': 'text/javascript',
  '.js': 'text/javascript',
  '.wasm': 'application/wasm',
  '.map': 'application/json',
};

/** Serves the built library and the page that drives it, on a free port of the loopback interface. */
export async function serveLibrary(): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    answer(new URL(request.url ?? '/', 'http://localhost').pathname, response).catch(() =>
      response.writeHead(404).end(),
    );
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return { url: `http://127.0.0.1:${String(port)}/`, close: () => close(server) };
}

async function answer(path: string, response: ServerResponse): Promise<void> {
  if (path === '/') {
    response.writeHead(200, { ...isolation, 'content-type': 'text/html; charset=utf-8' }).end(page);
    return;
  }
  const file = path === '/comlink.mjs' ? fromRoot('node_modules/comlink/dist/esm/comlink.mjs') : libraryFile(path);
  const body = await readFile(file);
  response
    .writeHead(200, { ...isolation, 'content-type': contentTypes[extname(file)] ?? 'application/octet-stream' })
    .end(body);
}

function libraryFile(path: string): string {
  const folder = fromRoot('dist/lib');
  const file = resolve(folder, normalize(path.replace(/^\/tendril\//, '')));
  if (!path.startsWith('/tendril/') || !file.startsWith(folder + sep)) throw new Error(`${path} is not served`);
  return file;
}

function close(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((done, failed) => server.close((error) => (error ? failed(error) : done())));
}
