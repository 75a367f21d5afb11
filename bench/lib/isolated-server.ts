import type { Server } from 'node:http';
import { extname, normalize, resolve, sep } from 'node:path';
import { fromRoot } from '../../scripts/lib/paths.mjs';

export interface OpenServer {
  /** With a slash at its end. */
  readonly url: string;
  close(): Promise<void>;
}

/** Isolated, because a browser's clock ticks in 5 µs then and in 100 µs otherwise: most predictions would take 0 ms. */
export const isolation = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
  'cross-origin-resource-policy': 'same-origin',
};

const contentTypes: Readonly<Record<string, string>> = {
  '.mjs': 'text/javascript',
  '.js': 'text/javascript',
  '.wasm': 'application/wasm',
  '.json': 'application/json',
  '.map': 'application/json',
};

/** @param otherwise for a file whose name says nothing */
export function contentTypeOf(file: string, otherwise = 'application/octet-stream'): string {
  return contentTypes[extname(file)] ?? otherwise;
}

/** Begins to listen on a free port of the loopback interface. */
export async function listen(server: Server): Promise<OpenServer> {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return {
    url: `http://127.0.0.1:${String(port)}/`,
    close() {
      server.closeAllConnections();
      return new Promise((done, failed) => server.close((error) => (error ? failed(error) : done())));
    },
  };
}

/** The file of the built library that is asked for below /tendril/. @throws Error for one that is not served */
export function libraryFile(path: string): string {
  const folder = fromRoot('dist/lib');
  const file = resolve(folder, normalize(path.replace(/^\/tendril\//, '')));
  if (!path.startsWith('/tendril/') || !file.startsWith(folder + sep)) throw new Error(`${path} is not served`);
  return file;
}
