import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { contentTypeOf, isolation, libraryFile, listen, type OpenServer } from '../lib/isolated-server.ts';

const html = '<!doctype html><meta charset="utf-8"><title>Tendril</title><link rel="icon" href="data:,"><main></main>';
/** As files with a version in their address are served; serve-library.ts has none, so that nothing would be cached. */
const cached = { ...isolation, 'cache-control': 'public, max-age=31536000, immutable' };
/** The built library below /tendril/, for browsers to keep, and an empty page at every other address. */
export async function serveCachedLibrary(): Promise<OpenServer> {
  const server = createServer(({ url = '/' }, response) => {
    const { pathname } = new URL(url, 'http://localhost');
    if (!pathname.startsWith('/tendril/')) {
      response.writeHead(200, { ...isolation, 'content-type': 'text/html; charset=utf-8' }).end(html);
      return;
    }
    readLibrary(pathname).then(
      (body) => response.writeHead(200, { ...cached, 'content-type': contentTypeOf(pathname) }).end(body),
      () => response.writeHead(404, isolation).end(),
    );
  });
  return listen(server);
}

async function readLibrary(path: string): Promise<Buffer> {
  return readFile(libraryFile(path));
}
