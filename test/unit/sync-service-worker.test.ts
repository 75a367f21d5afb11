import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listen, type Listening } from '../../server/listen.ts';
import { MemoryOutboxStore } from '../../src/memory/memory-outbox-store.ts';
import { digestOf } from '../../src/sync/digest.ts';
import { createRegistryClient } from '../../src/sync/registry-client.ts';
import { startServiceWorker, type ServiceWorkerScope } from '../../src/sync/service-worker.ts';
import { createShellCache } from '../../src/sync/shell-cache.ts';
import { checkpointOf, openTestRegistry, type TestRegistry } from './server-fixture.ts';
import { MemoryCaches } from './sync-memory-caches.ts';

const origin = 'https://shop.example';

/** A service worker's scope whose events a test dispatches, and what it did. */
class TestScope implements ServiceWorkerScope {
  readonly calls: string[] = [];
  readonly clients = { claim: () => this.#note('claim') };
  readonly #listeners = new Map<string, (event: never) => void>();

  skipWaiting(): Promise<void> {
    return this.#note('skipWaiting');
  }

  addEventListener(type: string, listener: (event: never) => void): void {
    this.#listeners.set(type, listener);
  }

  /** Resolves when everything that the listener waits for has ended. */
  async dispatch(type: string, fields: Record<string, unknown> = {}): Promise<Response | null> {
    const waited: Promise<unknown>[] = [];
    let response: Promise<Response> | null = null;
    const event = {
      ports: [],
      ...fields,
      waitUntil: (promise: Promise<unknown>) => waited.push(promise),
      respondWith: (given: Promise<Response>) => (response = given),
    };
    this.#listeners.get(type)?.(event as never);
    const answer = await (response as Promise<Response> | null);
    await Promise.all(waited);
    return answer;
  }

  #note(call: string): Promise<void> {
    this.calls.push(call);
    return Promise.resolve();
  }
}

describe('the service worker and the outbox', () => {
  let registry: TestRegistry;
  let server: Listening;
  let scope: TestScope;
  let outboxes: Map<string, MemoryOutboxStore>;
  let online: boolean;

  const outbox = (namespace = 'tendril'): MemoryOutboxStore => {
    const store = outboxes.get(namespace) ?? new MemoryOutboxStore();
    outboxes.set(namespace, store);
    return store;
  };
  const addTo = async (store: MemoryOutboxStore, content: number, registryUrl = server.url): Promise<void> => {
    const bytes = checkpointOf(content);
    const common = { model: 'reader', createdAtMs: content, attempts: 0, lastError: null, parked: false };
    await store.add({ id: `entry-${content}`, registryUrl, bytes, digest: await digestOf(bytes), ...common });
  };
  const published = async (): Promise<number> =>
    (await registry.store.versions('reader', { limit: 99, before: null })).length;

  beforeEach(async () => {
    registry = await openTestRegistry();
    server = await listen(registry.app, { host: '127.0.0.1', port: 0, spares: 0 });
    scope = new TestScope();
    outboxes = new Map();
    online = true;
    startServiceWorker({
      scope,
      shell: createShellCache({ caches: new MemoryCaches(), fetch, origin, release: '1' }),
      openOutbox: (namespace) =>
        namespace === 'broken' ? Promise.reject(new Error('no storage')) : Promise.resolve(outbox(namespace)),
      createClient: (baseUrl) =>
        createRegistryClient({
          baseUrl,
          fetch: (...given) => (online ? fetch(...given) : Promise.reject(new TypeError('offline'))),
        }),
    });
  });
  afterEach(async () => {
    await server.close(0);
    await registry.remove();
  });

  it('takes over at once', async () => {
    await scope.dispatch('install');
    await scope.dispatch('activate');
    expect(scope.calls).toEqual(['skipWaiting', 'claim']);
  });

  it('sends on a sync event, and fails it while something is left, so that the browser comes back', async () => {
    await addTo(outbox(), 1);
    online = false;
    await expect(scope.dispatch('sync', { tag: 'tendril-outbox' })).rejects.toThrow('REGISTRY_UNREACHABLE');
    online = true;
    await scope.dispatch('sync', { tag: 'tendril-outbox' });
    expect([await published(), await outbox().list()]).toEqual([1, []]);
  });

  it('leaves the tags and messages of the host page alone', async () => {
    await addTo(outbox(), 1);
    await scope.dispatch('sync', { tag: 'tendril-outbox-of-somebody' });
    await scope.dispatch('message', { data: { type: 'flush' } });
    await scope.dispatch('message', { data: null });
    await scope.dispatch('message', { data: { type: 'tendril-keep', urls: 3 } });
    expect(await published()).toBe(0);
  });

  it('sends on a message and answers through its port', async () => {
    await addTo(outbox(), 1);
    await addTo(outbox(), 2, 'http://127.0.0.1:1/');
    const answers: unknown[] = [];
    const ports = [{ postMessage: (answer: unknown) => answers.push(answer) }];
    await scope.dispatch('message', { data: { type: 'tendril-flush' }, ports });
    await scope.dispatch('message', { data: { type: 'tendril-flush', namespace: 'broken' }, ports });
    expect(answers).toEqual([
      { type: 'tendril-flushed', counts: { sent: 1, kept: 1, parked: 0 } },
      { type: 'tendril-flushed', counts: null },
    ]);
  });

  it('knows storage under another name', async () => {
    await addTo(outbox('a'), 1);
    await addTo(outbox('b'), 2);
    await scope.dispatch('sync', { tag: 'tendril-outbox:a' });
    expect([(await outbox('a').list()).length, (await outbox('b').list()).length]).toEqual([0, 1]);
    await scope.dispatch('message', { data: { type: 'tendril-flush', namespace: 'b' } });
    expect(await outbox('b').list()).toEqual([]);
  });
});

describe('the service worker and the page', () => {
  const immutable = `${origin}/tendril/chunks/cpu-DEADbeef.mjs`;
  let site: Map<string, string>;
  let asked: string[];
  let online: boolean;
  let caches: MemoryCaches;
  let scope: TestScope;

  const startRelease = (release: string): void => {
    scope = new TestScope();
    const fetchSite: typeof globalThis.fetch = (input) => {
      const url = input instanceof Request ? input.url : String(input);
      asked.push(url);
      if (!online) return Promise.reject(new TypeError('offline'));
      const body = site.get(url);
      return Promise.resolve(body === undefined ? new Response('', { status: 404 }) : new Response(body));
    };
    startServiceWorker({
      scope,
      shell: createShellCache({ caches, fetch: fetchSite, origin, release }),
      openOutbox: () => Promise.resolve(new MemoryOutboxStore()),
      createClient: (baseUrl) => createRegistryClient({ baseUrl }),
    });
  };
  const get = async (url: string, init?: RequestInit): Promise<string | null> => {
    const response = await scope.dispatch('fetch', { request: new Request(url, init) });
    return response && response.text();
  };

  beforeEach(() => {
    site = new Map([
      [`${origin}/`, 'page 1'],
      [`${origin}/tendril/tendril.mjs`, 'library 1'],
      [immutable, 'chunk'],
    ]);
    asked = [];
    online = true;
    caches = new MemoryCaches();
    startRelease('1');
  });

  it('serves the newest page while there is a network and the last one when there is none', async () => {
    expect(await get(`${origin}/`)).toBe('page 1');
    site.set(`${origin}/`, 'page 2');
    expect(await get(`${origin}/`)).toBe('page 2');
    online = false;
    expect(await get(`${origin}/`)).toBe('page 2');
    await expect(get(`${origin}/never-seen`)).rejects.toThrow('offline');
  });

  it('asks only once for a file that cannot change, and always for one that can', async () => {
    for (let i = 0; i < 2; i++) await get(immutable);
    for (let i = 0; i < 2; i++) await get(`${origin}/tendril/tendril.mjs`);
    expect(asked).toEqual([immutable, `${origin}/tendril/tendril.mjs`, `${origin}/tendril/tendril.mjs`]);
  });

  it('leaves the registry, other origins and writes to the browser', async () => {
    expect(await get(`${origin}/api/v1/models`)).toBeNull();
    expect(await get('https://elsewhere.example/tendril/tendril.mjs')).toBeNull();
    expect(await get(`${origin}/`, { method: 'POST' })).toBeNull();
    expect(await get(`${origin}/`, { headers: { range: 'bytes=0-1' } })).toBeNull();
    expect(asked).toEqual([]);
  });

  it('does not keep failures', async () => {
    expect(await get(`${origin}/missing`)).toBe('');
    online = false;
    await expect(get(`${origin}/missing`)).rejects.toThrow('offline');
  });

  it('keeps what a page loaded before it was there, as far as it can be had', async () => {
    const urls = [
      `${origin}/`,
      immutable,
      `${origin}/missing`,
      'https://elsewhere.example/',
      `${origin}/api/v1/models`,
      'nonsense',
    ];
    await scope.dispatch('message', { data: { type: 'tendril-keep', urls } });
    expect(asked).toEqual([`${origin}/`, immutable, `${origin}/missing`]);
    online = false;
    expect([await get(`${origin}/`), await get(immutable)]).toEqual(['page 1', 'chunk']);
  });

  it('drops the caches of other releases and nobody else', async () => {
    await get(`${origin}/`);
    await caches.open('of-the-host-page');
    startRelease('2');
    await scope.dispatch('activate');
    await get(`${origin}/`);
    expect(await caches.keys()).toEqual(['of-the-host-page', 'tendril-shell-2']);
  });

  it('keeps at most 200 files, the newest', async () => {
    for (let i = 0; i <= 200; i++) site.set(`${origin}/${i}`, String(i));
    for (let i = 0; i <= 200; i++) await get(`${origin}/${i}`);
    online = false;
    await expect(get(`${origin}/0`)).rejects.toThrow('offline');
    expect(await get(`${origin}/1`)).toBe('1');
  });

  it('answers also when the copy cannot be kept', async () => {
    caches.full = true;
    expect(await get(`${origin}/`)).toBe('page 1');
  });
});
