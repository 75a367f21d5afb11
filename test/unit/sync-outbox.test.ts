import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listen, type Listening } from '../../server/listen.ts';
import { MemoryOutboxStore } from '../../src/memory/memory-outbox-store.ts';
import { digestOf } from '../../src/sync/digest.ts';
import { flushOutbox, type OutboxEntry } from '../../src/sync/outbox.ts';
import { createRegistryClient, type RegistryClient } from '../../src/sync/registry-client.ts';
import { checkpointOf, openTestRegistry, type TestRegistry } from './server-fixture.ts';

let registry: TestRegistry;
let server: Listening;
let client: RegistryClient;
let store: MemoryOutboxStore;

beforeEach(async () => {
  registry = await openTestRegistry({ maxCheckpointBytes: 10_000 });
  server = await listen(registry.app, { host: '127.0.0.1', port: 0, spares: 0 });
  client = createRegistryClient({ baseUrl: server.url });
  store = new MemoryOutboxStore();
});
afterEach(async () => {
  await server.close(0);
  await registry.remove();
});

let count = 0;
async function entryOf(content: number, rest: Partial<OutboxEntry> = {}): Promise<OutboxEntry> {
  const bytes = rest.bytes ?? checkpointOf(content);
  const common = {
    id: `entry-${content}`,
    registryUrl: server.url,
    model: 'reader',
    createdAtMs: count++,
    attempts: 0,
  };
  return { ...common, digest: await digestOf(bytes), bytes, lastError: null, parked: false, ...rest };
}
async function addAll(...entries: Promise<OutboxEntry>[]): Promise<void> {
  for (const entry of entries) await store.add(await entry);
}
const ids = (entries: readonly OutboxEntry[]): string[] => entries.map(({ id }) => id);
const flush = (through = client) => flushOutbox({ store, client: through });

/** The client, with an answer that gets lost after the registry has acted. */
const losing = (method: 'publish' | 'setAlias'): RegistryClient => {
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const response = await globalThis.fetch(input, init);
    if ((init?.method === 'POST') === (method === 'publish')) throw new TypeError('connection lost');
    return response;
  };
  return createRegistryClient({ baseUrl: server.url, fetch });
};
const unreachable = (): RegistryClient =>
  createRegistryClient({ baseUrl: server.url, fetch: () => Promise.reject(new TypeError('offline')) });

describe('flushOutbox', () => {
  it('sends in order, points the alias and removes what the registry has', async () => {
    await addAll(entryOf(1), entryOf(2, { alias: 'champion' }), entryOf(3));
    const report = await flush();
    expect(report.sent.map(({ modelVersion, metadata }) => [modelVersion, metadata['tendril.format']])).toEqual([
      [1, 'test/1'],
      [2, 'test/1'],
      [3, 'test/1'],
    ]);
    expect([report.kept, report.parked, await store.list()]).toEqual([[], [], []]);
    expect(await client.resolveAlias('reader', 'champion')).toMatchObject({ modelVersion: 2 });
  });

  it('keeps and counts what did not arrive, and does not try the rest in vain', async () => {
    await addAll(entryOf(1), entryOf(2, { model: 'other' }));
    const report = await flush(unreachable());
    expect(ids(report.kept)).toEqual(['entry-1', 'entry-2']);
    expect(report.kept.map(({ lastError }) => lastError?.code)).toEqual([
      'REGISTRY_UNREACHABLE',
      'REGISTRY_UNREACHABLE',
    ]);
    expect((await store.list()).map(({ attempts }) => attempts)).toEqual([1, 0]);
    await flush(unreachable());
    expect((await store.list()).map(({ attempts }) => attempts)).toEqual([2, 0]);
    expect((await flush()).sent).toHaveLength(2);
    expect(await store.list()).toEqual([]);
  });

  it.each(['publish', 'setAlias'] as const)(
    'makes one version of an entry whose %s was acted on and not answered',
    async (method) => {
      await addAll(entryOf(1, { alias: 'champion' }));
      expect(ids((await flush(losing(method))).kept)).toEqual(['entry-1']);
      expect(await registry.store.versions('reader', { limit: 9, before: null })).toHaveLength(1);
      const { sent } = await flush();
      expect(sent).toMatchObject([{ modelVersion: 1 }]);
      expect(await registry.store.versions('reader', { limit: 9, before: null })).toHaveLength(1);
      expect(await registry.store.aliasHistory('reader', 'champion')).toHaveLength(1);
    },
  );

  it('does not move an alias back when it tries again', async () => {
    await addAll(entryOf(1, { alias: 'champion' }));
    await flush(losing('publish'));
    await client.publish('reader', checkpointOf(2), { idempotencyKey: 'elsewhere' });
    await client.setAlias('reader', 'champion', 2);
    expect((await flush()).sent).toMatchObject([{ modelVersion: 1 }]);
    expect(await client.resolveAlias('reader', 'champion')).toMatchObject({ modelVersion: 2 });
  });

  it('moves an alias back when that is what was asked for', async () => {
    for (const content of [1, 2])
      await client.publish('reader', checkpointOf(content), { idempotencyKey: `${content}` });
    await client.setAlias('reader', 'champion', 2);
    await addAll(entryOf(1, { alias: 'champion' }));
    await flush();
    expect(await client.resolveAlias('reader', 'champion')).toMatchObject({ modelVersion: 1 });
  });

  it('parks what the registry will never take, without holding up the rest', async () => {
    const bytes = new Uint8Array(20_000);
    await addAll(
      entryOf(1, { bytes: checkpointOf(1).slice(1) }),
      entryOf(2, { bytes }),
      entryOf(3, { model: 'Not a name' }),
      entryOf(4),
    );
    const report = await flush();
    expect(report.sent).toMatchObject([{ model: 'reader', modelVersion: 1 }]);
    expect(ids(report.parked)).toEqual(['entry-1', 'entry-2', 'entry-3']);
    const messages = report.parked.map(({ lastError }) => lastError?.message ?? '');
    expect(messages.map((message) => /status (\d+)/.exec(message)?.[1])).toEqual(['422', '413', '400']);
    const again = await flush();
    expect(again.parked).toEqual(report.parked);
    expect(ids(await store.list())).toEqual(['entry-1', 'entry-2', 'entry-3']);
  });

  it('parks an entry that its storage did not keep', async () => {
    await addAll(entryOf(1, { digest: `sha256:${'0'.repeat(64)}` }));
    expect((await flush()).parked).toMatchObject([{ attempts: 1, lastError: { code: 'CHECKPOINT_CORRUPT' } }]);
    expect(await registry.store.models(9, null)).toEqual([]);
  });

  it('keeps the order within a model, and lets other models pass, while the registry refuses for now', async () => {
    const fetch: typeof globalThis.fetch = (input, init) => {
      const refused = new Request(input, init).url.includes('/models/reader/');
      return refused ? Promise.resolve(new Response('', { status: 503 })) : globalThis.fetch(input, init);
    };
    await addAll(entryOf(1), entryOf(2), entryOf(3, { model: 'other' }));
    const report = await flush(createRegistryClient({ baseUrl: server.url, fetch }));
    expect(report.sent).toMatchObject([{ model: 'other' }]);
    expect(ids(report.kept)).toEqual(['entry-1', 'entry-2']);
    const { sent } = await flush();
    expect(sent.map(({ digest }) => digest)).toEqual([(await entryOf(1)).digest, (await entryOf(2)).digest]);
  });

  it('tries bytes again that were damaged on their way', async () => {
    const fetch: typeof globalThis.fetch = (input, init) =>
      globalThis.fetch(input, { ...init, body: (init?.body as Uint8Array<ArrayBuffer>).map((byte) => byte ^ 1) });
    await addAll(entryOf(1));
    const report = await flush(createRegistryClient({ baseUrl: server.url, fetch }));
    expect(report.kept).toMatchObject([{ parked: false, lastError: { code: 'REGISTRY_REJECTED' } }]);
    expect((await flush()).sent).toHaveLength(1);
  });

  it('leaves the entries of other registries alone', async () => {
    await addAll(entryOf(1, { registryUrl: 'https://elsewhere.example' }), entryOf(2, { registryUrl: 'nonsense' }));
    await addAll(entryOf(3, { registryUrl: server.url.slice(0, -1) }));
    const report = await flush();
    expect(report.sent).toHaveLength(1);
    expect(ids(await store.list())).toEqual(['entry-1', 'entry-2']);
  });

  it('makes one version when a page and its service worker send at once', async () => {
    await addAll(entryOf(1), entryOf(2));
    await Promise.all([flush(), flush()]);
    expect(await store.list()).toEqual([]);
    expect((await client.listVersions('reader')).map(({ modelVersion }) => modelVersion)).toEqual([2, 1]);
  });
});
