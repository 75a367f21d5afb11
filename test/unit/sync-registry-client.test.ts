import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listen, type Listening } from '../../server/listen.ts';
import { createRegistryClient, type RegistryClient } from '../../src/sync/registry-client.ts';
import { checkpointOf, openTestRegistry, type TestRegistry } from './server-fixture.ts';
import { expectCode, serveRaw } from './sync-fixture.ts';

const digestOf = (bytes: Uint8Array): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
const someDigest = `sha256:${'a'.repeat(64)}`;

describe('the registry client with a registry', () => {
  let registry: TestRegistry;
  let server: Listening;
  let client: RegistryClient;

  beforeEach(async () => {
    registry = await openTestRegistry({ writeToken: 'secret-7' });
    server = await listen(registry.app, { host: '127.0.0.1', port: 0, spares: 0 });
    client = createRegistryClient({ baseUrl: server.url.slice(0, -1), token: 'secret-7' });
  });
  afterEach(async () => {
    await server.close(0);
    await registry.remove();
  });

  it('publishes, points an alias to it and fetches it through the alias', async () => {
    const bytes = checkpointOf(7);
    const published = await client.publish('reader', bytes, { idempotencyKey: 'one' });
    expect(published).toMatchObject({
      model: 'reader',
      modelVersion: 1,
      digest: digestOf(bytes),
      sizeBytes: bytes.length,
    });
    expect(await client.publish('reader', bytes, { idempotencyKey: 'one' })).toEqual(published);
    expect(await client.resolveAlias('reader', 'champion')).toBeNull();
    const set = await client.setAlias('reader', 'champion', 1, { movedBy: 'ann' });
    const resolved = await client.resolveAlias('reader', 'champion');
    expect(resolved).toEqual(set);
    expect(resolved).toMatchObject({ modelVersion: 1, digest: published.digest });
    expect(await client.fetchCheckpoint(published.digest)).toEqual(bytes);
    expect(await registry.store.aliasHistory('reader', 'champion')).toMatchObject([{ movedBy: 'ann' }]);
  });

  it('says null of an alias of a model that nobody published', async () => {
    expect(await client.resolveAlias('nobody', 'champion')).toBeNull();
  });

  it('lists versions from the newest, a page at a time', async () => {
    for (const content of [1, 2, 3])
      await client.publish('reader', checkpointOf(content), { idempotencyKey: `key-${content}` });
    const numbers = async (page?: { limit?: number; before?: number }) =>
      (await client.listVersions('reader', page)).map(({ modelVersion }) => modelVersion);
    expect(await numbers()).toEqual([3, 2, 1]);
    expect(await numbers({ limit: 1, before: 3 })).toEqual([2]);
  });

  it('moves an alias only from the state that it knows', async () => {
    for (const content of [1, 2])
      await client.publish('reader', checkpointOf(content), { idempotencyKey: `key-${content}` });
    const { etag } = await client.setAlias('reader', 'champion', 1, { ifNoneMatch: '*' });
    await client.setAlias('reader', 'champion', 2, { ifMatch: etag });
    const late = client.setAlias('reader', 'champion', 1, { ifMatch: etag });
    await expectCode(late, 'REGISTRY_REJECTED', { status: 412, registryCode: 'PRECONDITION_FAILED' });
    const second = client.setAlias('reader', 'champion', 1, { ifNoneMatch: '*' });
    await expectCode(second, 'REGISTRY_REJECTED', { status: 412 });
  });

  it('passes refusals on with their status and code', async () => {
    const corrupt = client.publish('reader', checkpointOf(7).slice(1), { idempotencyKey: 'one' });
    await expectCode(corrupt, 'REGISTRY_REJECTED', { status: 422, registryCode: 'CHECKPOINT_CORRUPT' });
    await expectCode(client.fetchCheckpoint(someDigest), 'REGISTRY_REJECTED', {
      status: 404,
      registryCode: 'UNKNOWN_BLOB',
    });
    await expectCode(client.resolveAlias('No Name', 'champion'), 'REGISTRY_REJECTED', { status: 400 });
    const large = client.publish('reader', new Uint8Array(17 * 1024 * 1024), { idempotencyKey: 'two' });
    await expectCode(large, 'REGISTRY_REJECTED', { status: 413, registryCode: 'PAYLOAD_TOO_LARGE' });
    const anonymous = createRegistryClient({ baseUrl: server.url });
    const unnamed = anonymous.publish('reader', checkpointOf(7), { idempotencyKey: 'one' });
    await expectCode(unnamed, 'REGISTRY_REJECTED', { status: 401, registryCode: 'UNAUTHORIZED' });
  });

  it.each([
    ['changed', (bytes: Uint8Array) => bytes.map((byte, i) => (i === bytes.length - 1 ? byte ^ 1 : byte))],
    ['cut short', (bytes: Uint8Array) => bytes.slice(0, -3)],
    ['empty', () => new Uint8Array(0)],
  ])('refuses a stored checkpoint that is %s', async (_, damage) => {
    const bytes = checkpointOf(7);
    const { digest } = await client.publish('reader', bytes, { idempotencyKey: 'one' });
    const hex = digest.slice('sha256:'.length);
    await writeFile(join(registry.folder, 'blobs', 'sha256', hex.slice(0, 2), hex), damage(bytes));
    await expectCode(client.fetchCheckpoint(digest), 'CHECKPOINT_CORRUPT');
  });

  it('reads no more than it is told to', async () => {
    const { digest } = await client.publish('reader', checkpointOf(7, { note: 'x'.repeat(5_000) }), {
      idempotencyKey: 'one',
    });
    const careful = createRegistryClient({ baseUrl: server.url, maxAnswerBytes: 4_000 });
    await expectCode(careful.fetchCheckpoint(digest), 'REGISTRY_ANSWER_INVALID');
  });

  it('finds the registry under a path, as behind a proxy', () => {
    expect(createRegistryClient({ baseUrl: 'https://shop.example/ml//?x=1#y' }).registryUrl).toBe(
      'https://shop.example/ml/',
    );
  });

  it.each(['', '/api', 'shop.example', 'ftp://shop.example', 'blob:https://shop.example/1'])(
    'refuses the address "%s"',
    (baseUrl) => {
      expect(() => createRegistryClient({ baseUrl })).toThrow(expect.objectContaining({ code: 'INVALID_CONFIG' }));
    },
  );
});

describe('the registry client without a registry', () => {
  let close: (() => Promise<void>) | null = null;
  afterEach(async () => {
    await close?.();
    close = null;
  });
  const clientOf = async (listener: RequestListener, options: { timeoutMs?: number } = {}): Promise<RegistryClient> => {
    const server = await serveRaw(listener);
    close = server.close;
    return createRegistryClient({ baseUrl: server.url, ...options });
  };
  const eachCall = (client: RegistryClient): Promise<unknown>[] => [
    client.publish('reader', checkpointOf(7), { idempotencyKey: 'one' }),
    client.resolveAlias('reader', 'champion'),
    client.setAlias('reader', 'champion', 1),
    client.fetchCheckpoint(someDigest),
    client.listVersions('reader'),
  ];

  it('says that nobody is there', async () => {
    const server = await serveRaw(() => undefined);
    await server.close();
    await Promise.all(
      eachCall(createRegistryClient({ baseUrl: server.url })).map((call) => expectCode(call, 'REGISTRY_UNREACHABLE')),
    );
  });

  it('does not wait longer than it is told to, for an answer or for its end', async () => {
    const silent = await clientOf(() => undefined, { timeoutMs: 1 });
    await expectCode(silent.resolveAlias('reader', 'champion'), 'REGISTRY_UNREACHABLE');
    await close?.();
    const endless = await clientOf(
      (_, response) => response.writeHead(200, { 'content-type': 'application/octet-stream' }).write('x'),
      {
        timeoutMs: 50,
      },
    );
    await expectCode(endless.fetchCheckpoint(someDigest), 'REGISTRY_UNREACHABLE');
  });

  it('says that the connection was lost within an answer', async () => {
    const client = await clientOf((_, response) => {
      response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': '9' });
      response.write('x', () => response.destroy());
    });
    await expectCode(client.fetchCheckpoint(someDigest), 'REGISTRY_UNREACHABLE');
  });

  it('takes a page of HTML for what it is', async () => {
    const client = await clientOf((_, response) =>
      response.setHeader('content-type', 'text/html; charset=utf-8').end('<p>Welcome</p>'),
    );
    await Promise.all(eachCall(client).map((call) => expectCode(call, 'REGISTRY_ANSWER_INVALID')));
  });

  it('passes on the status of a refusal that is not in the form of a registry', async () => {
    const client = await clientOf((_, response) =>
      response.writeHead(404, { 'content-type': 'text/html' }).end('<p>Not here</p>'),
    );
    await Promise.all(
      eachCall(client).map((call) => expectCode(call, 'REGISTRY_REJECTED', { status: 404, registryCode: null })),
    );
  });

  it.each([
    ['text that is not JSON', '{'],
    ['a number', '3'],
    [
      'a version 0',
      JSON.stringify({
        model: 'reader',
        alias: 'champion',
        modelVersion: 0,
        digest: someDigest,
        revision: 1,
        updatedAtMs: 1,
      }),
    ],
    [
      'a digest of another kind',
      JSON.stringify({
        model: 'reader',
        alias: 'champion',
        modelVersion: 1,
        digest: 'md5:1',
        revision: 1,
        updatedAtMs: 1,
      }),
    ],
    [
      'an alias without ETag',
      JSON.stringify({
        model: 'reader',
        alias: 'champion',
        modelVersion: 1,
        digest: someDigest,
        revision: 1,
        updatedAtMs: 1,
      }),
    ],
  ])('refuses %s', async (_, body) => {
    const client = await clientOf((_request, response) =>
      response.setHeader('content-type', 'application/json').end(body),
    );
    await expectCode(client.resolveAlias('reader', 'champion'), 'REGISTRY_ANSWER_INVALID');
  });

  it('refuses a publication that the registry confirms for other bytes', async () => {
    const version = {
      model: 'reader',
      modelVersion: 1,
      digest: someDigest,
      sizeBytes: 3,
      createdAtMs: 1,
      metadata: {},
    };
    const client = await clientOf((_, response) =>
      response.setHeader('content-type', 'application/json').end(JSON.stringify(version)),
    );
    await expectCode(client.publish('reader', checkpointOf(7), { idempotencyKey: 'one' }), 'REGISTRY_ANSWER_INVALID');
  });

  it('sends no cookies and no referrer, and the token only where there is one', async () => {
    const seen: RequestInit[] = [];
    const fetch: typeof globalThis.fetch = (_, init) => {
      seen.push(init ?? {});
      return Promise.reject(new TypeError('offline'));
    };
    for (const token of [{}, { token: 'secret-7' }]) {
      const client = createRegistryClient({ baseUrl: 'https://registry.example', fetch, ...token });
      await expectCode(client.resolveAlias('reader', 'champion'), 'REGISTRY_UNREACHABLE', { reason: 'offline' });
    }
    expect(seen).toMatchObject([{ credentials: 'omit', referrerPolicy: 'no-referrer' }, {}]);
    expect(seen.map(({ headers }) => new Headers(headers).get('authorization'))).toEqual([null, 'Bearer secret-7']);
  });
});
