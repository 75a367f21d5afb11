import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sha256Hex } from '../../src/core/hashing.ts';
import { decodeSafetensors } from '../../src/core/safetensors.ts';
import { TendrilError, type ErrorCode } from '../../src/errors.ts';
import { MemoryOutboxStore } from '../../src/memory/memory-outbox-store.ts';
import { MemoryStore } from '../../src/memory/memory-store.ts';
import { rewritten } from '../support/checkpoint.ts';
import { circleEvents, circleTask, listCandidates, listEvents, listTask } from '../support/events.ts';
import { errorCodes, newestCheckpoint, startNodeWorker, valueOf } from '../support/node-worker.ts';
import { openTestRegistry, type TestRegistry } from './server-fixture.ts';

const registryUrl = 'http://registry.example/';
const offline = () => Promise.reject(new TypeError('fetch failed'));

function startDevice(fetch: typeof globalThis.fetch, rest: { store?: MemoryStore; outbox?: MemoryOutboxStore } = {}) {
  const { store = new MemoryStore(), outbox = new MemoryOutboxStore() } = rest;
  const openStorage = () => Promise.resolve({ store, outbox });
  return startNodeWorker({ store, tasks: [circleTask], registryUrl, environment: { fetch, openStorage } });
}

describe('devices with a registry', () => {
  let registry: TestRegistry;
  let fetch: typeof globalThis.fetch;
  beforeEach(async () => {
    registry = await openTestRegistry();
    fetch = async (...given) => registry.app.fetch(new Request(...given));
  });
  afterEach(() => registry.remove());

  async function publishFirst(): Promise<Awaited<ReturnType<typeof startDevice>>> {
    const device = await startDevice(fetch);
    for (const event of circleEvents(10)) await event(device.worker);
    const publication = valueOf(await device.worker.publish('circle', 'champion'));
    expect(publication).toMatchObject({ model: 'circle', modelVersion: 1, queued: false, error: null });
    return device;
  }
  const classify = async ({ worker }: Awaited<ReturnType<typeof startDevice>>, decisionId: string) =>
    valueOf(await worker.classify({ taskId: 'circle', decisionId, input: { x: 0.2, y: -1, colour: 'red' } }));

  it('start from what another one has published, and learn on from there', async () => {
    const first = await publishFirst();
    const second = await startDevice(fetch);
    const [asked, answered] = [await classify(first, 'a'), await classify(second, 'b')];
    // Not to the bit: what keeps single experiences stayed at home, and starts anew.
    expect(answered.label).toBe(asked.label);
    for (const [label, probability] of Object.entries(asked.probabilities))
      expect(Math.abs(answered.probabilities[label]! - probability)).toBeLessThan(0.15);
    expect([asked.model, answered.model]).toEqual([
      { modelVersion: 1, learnedTo: 10 },
      { modelVersion: 1, learnedTo: 0 },
    ]);
    valueOf(await second.worker.feedback({ decisionId: 'b', label: 'in' }));
    expect(valueOf(await second.worker.checkpoint('circle'))).toEqual({ modelVersion: 1, learnedTo: 1 });
    expect((await classify(second, 'c')).probabilities).not.toEqual(answered.probabilities);
  });

  it('give away weights and statistics, and nothing that refers to what a visitor did', async () => {
    await publishFirst();
    const { digest } = (await registry.store.versions('circle', { limit: 1, before: null }))[0]!;
    const response = await fetch(`${registryUrl}api/v1/blobs/${digest}`);
    const { metadata, tensors } = decodeSafetensors(new Uint8Array(await response.arrayBuffer()));
    const parts = new Set([...tensors.keys()].map((name) => name.split('/')[1] ?? 'network'));
    expect(parts).toContain('member.naive Bayes');
    // Windows of neighbours, leaves with one example and the last labels are what a visitor did.
    for (const part of parts) expect(part).not.toMatch(/neighbours|Mondrian|in context|combiner|replay/);
    expect(metadata).toMatchObject({ 'tendril.replayKeys': 'null', 'tendril.learnedTo': '0' });
    expect(JSON.stringify(metadata)).not.toContain('decision');
  });

  it('take a ranking’s model as a prior that the visitor’s own clicks move, and keep it; its account stays at home', async () => {
    const task = { ...listTask, learner: {}, exploration: { slots: 1 } };
    const start = (store: MemoryStore) =>
      startNodeWorker({ store, tasks: [task], registryUrl, environment: { fetch } });
    const first = await start(new MemoryStore());
    for (const event of listEvents(40)) await event(first.worker);
    const published = valueOf(await first.worker.publish('list', 'champion'));
    const response = await fetch(`${registryUrl}api/v1/blobs/${published.digest}`);
    const { metadata } = decodeSafetensors(new Uint8Array(await response.arrayBuffer()));
    expect(Object.keys(JSON.parse(metadata['tendril.parts']!) as object)).toEqual(['rewards']);

    const store = new MemoryStore();
    const second = await start(store);
    const scores = async (worker: typeof second.worker, decisionId: string) => {
      const asked = { taskId: 'list', decisionId, context: { hour: 'am' }, candidates: listCandidates };
      return new Map(valueOf(await worker.rank(asked)).order.map(({ id, score }) => [id, score]));
    };
    const before = await scores(second.worker, 'own 0');
    expect(before).toEqual(await scores(first.worker, 'of the fleet'));
    expect(before.get('item 2')).toBeGreaterThan(2 * before.get('item 3')!);
    for (let click = 0; click < 10; click++) {
      valueOf(await second.worker.feedback({ decisionId: `own ${click}`, item: 'item 3' }));
      valueOf(await second.worker.checkpoint('list'));
      await scores(second.worker, `own ${click + 1}`);
    }
    const after = await scores(second.worker, 'own');
    expect(after.get('item 3')).toBeGreaterThan(after.get('item 2')!);
    const { tensors } = decodeSafetensors((await newestCheckpoint(store, task)).bytes);
    expect([...tensors.keys()]).toContain('part/rewards/priorMean');
    expect(await scores((await start(store)).worker, 'own')).toEqual(after);
  });

  it('keep what cannot be sent, and send it when the network is back', async () => {
    let online: () => void = () => undefined;
    const outbox = new MemoryOutboxStore();
    const sent = new Promise<void>((resolve) => {
      const remove = outbox.remove.bind(outbox);
      outbox.remove = (id) => remove(id).then(resolve);
    });
    let network: typeof globalThis.fetch = offline;
    const store = new MemoryStore();
    const { worker } = await startNodeWorker({
      store,
      tasks: [circleTask],
      registryUrl,
      environment: {
        fetch: (...given) => network(...given),
        openStorage: () => Promise.resolve({ store, outbox }),
        onOnline: (listener) => (online = listener),
      },
    });
    const waiting = valueOf(await worker.publish('circle', 'champion'));
    expect(waiting).toMatchObject({ modelVersion: null, queued: true, error: { code: 'REGISTRY_UNREACHABLE' } });
    expect(valueOf(await worker.status()).outbox).toEqual({ waiting: 1, parked: 0 });
    network = fetch;
    online();
    await sent;
    expect(valueOf(await worker.status()).outbox).toEqual({ waiting: 0, parked: 0 });
    expect((await registry.store.versions('circle', { limit: 9, before: null })).map(({ digest }) => digest)).toEqual([
      waiting.digest,
    ]);
  });
});

describe('a registry that gives nothing of use leaves the task serving with a model of its own:', () => {
  const json = (body: unknown, status = 200) =>
    new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json', etag: '"1"' } });
  const html = () => new Response('<!doctype html><p>Sign in', { headers: { 'content-type': 'text/html' } });

  /** An alias that points at `claimed`, and `sent` as the checkpoint. */
  const serving =
    (sent: Uint8Array<ArrayBuffer>, claimed = sent): typeof globalThis.fetch =>
    async (address) => {
      if (String(address instanceof Request ? address.url : address).includes('/blobs/'))
        return new Response(sent, { headers: { 'content-type': 'application/octet-stream' } });
      const digest = `sha256:${await sha256Hex(claimed)}`;
      return json({ model: 'circle', alias: 'champion', modelVersion: 5, digest, revision: 1, updatedAtMs: 1 });
    };

  const good = async (): Promise<Uint8Array<ArrayBuffer>> => {
    const store = new MemoryStore();
    const { worker } = await startNodeWorker({ store, tasks: [circleTask] });
    for (const event of circleEvents(4)) await event(worker);
    valueOf(await worker.checkpoint('circle'));
    return (await newestCheckpoint(store, circleTask)).bytes;
  };
  const withMetadata = async (key: string, change: (old: string) => string) =>
    rewritten(await good(), (metadata) => {
      metadata[key] = change(metadata[key]!);
    });
  const withNaN = async () =>
    rewritten(await good(), (_, tensors) => {
      tensors.set('bias', { dtype: 'F32', shape: tensors.get('bias')!.shape, data: new Float32Array(2).fill(NaN) });
    });
  const withShortPart = async () =>
    rewritten(await good(), (_, tensors) => {
      const name = [...tensors.keys()].find((key) => key.startsWith('part/member.naive Bayes/'))!;
      tensors.set(name, { dtype: 'F32', shape: [1], data: new Float32Array(1) });
    });
  const truncated = async () => (await good()).slice(0, -8);

  it.each<[string, ErrorCode, () => Promise<typeof globalThis.fetch>]>([
    ['it is down', 'REGISTRY_UNREACHABLE', async () => offline],
    ['it has an error', 'REGISTRY_REJECTED', async () => async () => new Response('', { status: 503 })],
    ['it is another site', 'REGISTRY_ANSWER_INVALID', async () => async () => html()],
    ['it sends other JSON', 'REGISTRY_ANSWER_INVALID', async () => async () => json({ alias: 'champion' })],
    ['the file is cut on its way', 'CHECKPOINT_CORRUPT', async () => serving(await truncated(), await good())],
    ['the file was cut when it was published', 'CHECKPOINT_CORRUPT', async () => serving(await truncated())],
    ['the file has a weight of NaN', 'CHECKPOINT_CORRUPT', async () => serving(await withNaN())],
    ['a part in the file is of another size', 'CHECKPOINT_CORRUPT', async () => serving(await withShortPart())],
    [
      'the file is of another schema',
      'CHECKPOINT_INCOMPATIBLE',
      async () => serving(await withMetadata('tendril.schemaHash', () => '"01234567"')),
    ],
    [
      'the file is of other sizes',
      'CHECKPOINT_INCOMPATIBLE',
      async () =>
        serving(await withMetadata('tendril.network', (own) => own.replace(/"inputSize":\d+/, '"inputSize":7'))),
    ],
  ])('%s', async (_, code, registry) => {
    const { worker, started } = await startDevice(await registry());
    expect(valueOf(started).refused).toEqual({});
    expect(await errorCodes(worker)).toEqual([code]);
    for (const event of circleEvents(3)) await event(worker);
    expect(valueOf(await worker.checkpoint('circle'))).toEqual({ modelVersion: null, learnedTo: 3 });
  });

  it('but a registry that has no such model is no error', async () => {
    const body = { code: 'UNKNOWN_MODEL', message: 'no such model', details: {} };
    const { worker } = await startDevice(async () => json(body, 404));
    expect(await errorCodes(worker)).toEqual([]);
  });

  it('and the good file would have been taken', async () => {
    const { worker } = await startDevice(serving(await good()));
    expect(await errorCodes(worker)).toEqual([]);
    expect(valueOf(await worker.checkpoint('circle'))).toEqual({ modelVersion: 5, learnedTo: 0 });
  });
});

describe('models that wait to be published', () => {
  const what = { taskId: 'circle', fromMs: 0 };

  /** One that has learned ten events, and is not sent yet. */
  async function waiting() {
    const [store, outbox] = [new MemoryStore(), new MemoryOutboxStore()];
    const device = await startDevice(offline, { store, outbox });
    for (const event of circleEvents(10)) await event(device.worker);
    valueOf(await device.worker.publish('circle', null));
    expect(await outbox.list()).toMatchObject([{ model: 'circle', parked: false }]);
    return { ...device, store, outbox };
  }

  it('are not sent where a worker is killed while it forgets what they have learned', async () => {
    const { worker, outbox, store } = await waiting();
    const forget = store.forget.bind(store);
    const forgotten = new Promise<void>((resolve) => {
      store.forget = async (request) => {
        await forget(request);
        resolve();
        return new Promise<never>(() => undefined);
      };
    });
    void worker.forget(what);
    await forgotten;
    store.forget = forget;
    const sent: string[] = [];
    const listening = (...given: Parameters<typeof fetch>) => (sent.push(new Request(...given).method), offline());
    const next = await startDevice(listening, { store, outbox });
    expect(valueOf(await next.worker.status()).tasks['circle']).toMatchObject({ experiences: 0 });
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(sent).not.toContain('POST');
    expect(sent).not.toContain('PUT');
    expect(valueOf(await next.worker.status()).outbox).toEqual({ waiting: 0, parked: 1 });
  });

  it('wait on where nothing is forgotten, or it fails', async () => {
    const { worker, store, outbox } = await waiting();
    const before = await outbox.list();
    expect(valueOf(await worker.forget({ taskId: 'circle', toMs: 0 })).removed).toMatchObject({ outbox: 0 });
    expect(await outbox.list()).toEqual(before);
    store.forget = () => Promise.reject(new TendrilError('STORAGE_FAILED', { reason: 'the disk is gone' }));
    expect(await worker.forget(what)).toMatchObject({ ok: false, error: { code: 'STORAGE_FAILED' } });
    expect(await outbox.list()).toEqual(before);
  });

  it('go with what they have learned', async () => {
    const { worker, outbox } = await waiting();
    expect(valueOf(await worker.forget(what)).removed).toMatchObject({ outbox: 1 });
    expect(await outbox.list()).toEqual([]);
  });
});
