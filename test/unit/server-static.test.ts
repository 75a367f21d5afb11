import { once } from 'node:events';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listen, type Listening } from '../../server/listen.ts';
import { openTestRegistry, type TestRegistry } from './server-fixture.ts';

let folder: string;
let registry: TestRegistry;
let server: Listening;

const files: Record<string, string> = {
  'secret.txt': 'secret',
  'demo-old/index.html': 'secret',
  'demo/index.html': '<p>home</p>',
  'demo/manifest.webmanifest': '{}',
  'demo/icons/icon-maskable.png': 'png',
  'demo/assets/main-Bx8_q2-a.js': 'main()',
  'demo/docs/index.html': '<p>docs</p>',
  'demo/.env': 'secret',
  'lib/tendril.mjs': 'export {}',
  'lib/tendril.js': '1',
  'lib/sync.worker.js': '2',
  'lib/simd.wasm': '\0asm',
  'lib/chunks/cpu-DEADbeef.mjs': 'export {}',
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tendril-static-'));
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
  await symlink(join(folder, 'secret.txt'), join(folder, 'demo', 'link.txt'));
  await symlink(join(folder, 'demo-old'), join(folder, 'demo', 'old'));
  registry = await openTestRegistry({ staticFolder: join(folder, 'demo'), libFolder: join(folder, 'lib') });
  server = await listen(registry.app, { host: '127.0.0.1', port: 0, spares: 0 });
});
afterAll(async () => {
  await server.close(0);
  await registry.remove();
  await rm(folder, { recursive: true });
});

/** With the path exactly as given: `fetch` would resolve its dots. */
async function get(path: string, headers: Record<string, string> = {}): Promise<IncomingMessage & { body: string }> {
  const { hostname, port } = new URL(server.url);
  const request = httpRequest({ hostname, port, path, headers });
  request.end();
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return Object.assign(response, { body: await text(response) });
}

describe('static files', () => {
  it.each([
    ['/', '<p>home</p>', 'text/html; charset=utf-8'],
    ['/index.html?seed=3', '<p>home</p>', 'text/html; charset=utf-8'],
    ['/docs/', '<p>docs</p>', 'text/html; charset=utf-8'],
    ['/manifest.webmanifest', '{}', 'application/manifest+json'],
    ['/tendril/tendril.mjs', 'export {}', 'text/javascript; charset=utf-8'],
    ['/tendril/tendril.js', '1', 'text/javascript; charset=utf-8'],
    ['/tendril/simd.wasm', '\0asm', 'application/wasm'],
  ])('serves %s', async (path, body, type) => {
    const response = await get(path);
    expect([response.statusCode, response.body, response.headers['content-type']]).toEqual([200, body, type]);
    expect(response.headers).toMatchObject({
      'access-control-allow-origin': '*',
      'cross-origin-resource-policy': 'cross-origin',
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-cache',
    });
  });

  it('lets the service worker serve the whole site', async () => {
    expect((await get('/tendril/sync.worker.js')).headers['service-worker-allowed']).toBe('/');
    expect((await get('/tendril/tendril.js')).headers['service-worker-allowed']).toBeUndefined();
  });

  it('lets only names that the build derived from the content be kept for good', async () => {
    const immutable = 'public, max-age=31536000, immutable';
    expect((await get('/assets/main-Bx8_q2-a.js')).headers['cache-control']).toBe(immutable);
    expect((await get('/tendril/chunks/cpu-DEADbeef.mjs')).headers['cache-control']).toBe(immutable);
    expect((await get('/icons/icon-maskable.png')).headers['cache-control']).toBe('no-cache');
  });

  it('answers 304 until the file changes', async () => {
    const file = join(folder, 'demo', 'changing.css');
    await writeFile(file, 'a {}');
    const etag = (await get('/changing.css')).headers.etag ?? '';
    const same = await get('/changing.css', { 'if-none-match': etag });
    expect([same.statusCode, same.body]).toEqual([304, '']);
    await writeFile(file, 'b {}');
    expect((await get('/changing.css', { 'if-none-match': etag })).body).toBe('b {}');
  });

  it.each([
    '/../secret.txt',
    '/..%2fsecret.txt',
    '/%2e%2e/secret.txt',
    '/docs/..%2f..%2fsecret.txt',
    '/..%5csecret.txt',
    '/tendril/../../secret.txt',
    '/tendril/..%2fsecret.txt',
    '/tendril/..%2fdemo/index.html',
    '/%2fetc/passwd',
    '//etc/passwd',
    '/.env',
    '/%2eenv',
    '/link.txt',
    '/old/index.html',
    '/index.html%00.png',
    '/%E0%A4%A',
    '/docs',
    '/assets/',
    '/nothing.html',
    '/index.html/x',
    `/${'x'.repeat(300)}`,
  ])('answers 404 to %s', async (path) => {
    const response = await get(path);
    expect(response.statusCode).toBe(404);
    expect(JSON.parse(response.body)).toMatchObject({ code: 'NOT_FOUND' });
    expect(registry.reported).toEqual([]);
  });

  it('answers HEAD without a body and other methods not at all', async () => {
    const head = await fetch(new URL('/index.html', server.url), { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
    expect((await fetch(new URL('/index.html', server.url), { method: 'POST', body: 'x' })).status).toBe(404);
  });
});
