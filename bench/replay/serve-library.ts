import { readFile } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import { fromRoot } from '../../scripts/lib/paths.mjs';
import { contentTypeOf, isolation, libraryFile, listen, type OpenServer } from '../lib/isolated-server.ts';

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

/** Serves the built library and the page that drives it, on a free port of the loopback interface. */
export async function serveLibrary(): Promise<OpenServer> {
  const server = createServer((request, response) => {
    answer(new URL(request.url ?? '/', 'http://localhost').pathname, response).catch(() =>
      response.writeHead(404).end(),
    );
  });
  return listen(server);
}

async function answer(path: string, response: ServerResponse): Promise<void> {
  if (path === '/') {
    response.writeHead(200, { ...isolation, 'content-type': 'text/html; charset=utf-8' }).end(page);
    return;
  }
  const file = path === '/comlink.mjs' ? fromRoot('node_modules/comlink/dist/esm/comlink.mjs') : libraryFile(path);
  const body = await readFile(file);
  response.writeHead(200, { ...isolation, 'content-type': contentTypeOf(file) }).end(body);
}
