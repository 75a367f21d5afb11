import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, normalize, resolve, sep } from 'node:path';
import { fromRoot } from '../../scripts/lib/paths.mjs';

export interface LibraryServer {
  readonly url: string;
  close(): Promise<void>;
}

const html = '<!doctype html><meta charset="utf-8"><title>Tendril</title><link rel="icon" href="data:,"><main></main>';
const headers = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
  'cross-origin-resource-policy': 'same-origin',
};
/** As files with a version in their address are served; serve-library.ts has none, so that nothing would be cached. */
const cached = { ...headers, 'cache-control': 'public, max-age=31536000, immutable' };
const contentTypes: Readonly<Record<string, string>> = {
  '.mjs': 'text/javascript',
  '.js': 'text/javascript',
  '.wasm': 'application/wasm',
  '.json': 'application/json',
};

/** The built library below /tendril/, for browsers to keep, and an empty page at every other address. */
export async function serveCachedLibrary(): Promise<LibraryServer> {
  const server = createServer(({ url = '/' }, response) => {
    const { pathname } = new URL(url, 'http://localhost');
    if (!pathname.startsWith('/tendril/')) {
      response.writeHead(200, { ...headers, 'content-type': 'text/html; charset=utf-8' }).end(html);
      return;
    }
    const type = contentTypes[extname(pathname)] ?? 'application/octet-stream';
    libraryFile(pathname).then(
      (body) => response.writeHead(200, { ...cached, 'content-type': type }).end(body),
      () => response.writeHead(404, headers).end(),
    );
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}/`,
    async close() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

async function libraryFile(path: string): Promise<Buffer> {
  const folder = fromRoot('dist/lib');
  const file = resolve(folder, normalize(path.slice('/tendril/'.length)));
  if (!file.startsWith(folder + sep)) throw new Error(`${path} is not served`);
  return readFile(file);
}
