import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Tendril } from '../../src/client/tendril.ts';
import { resolveOptions, type TendrilOptions } from '../../src/client/options.ts';
import type { Candidate, RankingTask } from '../../src/core/task.ts';
import type { SignalsStored, WireResult } from '../../src/protocol/messages.ts';
import { openOutboxStore } from '../../src/memory/outbox-store.ts';
import { valueOf } from '../support/browser-worker.ts';
import { sourceParts } from '../support/lazy-parts.ts';
import { outboxRecord } from '../support/records.ts';

const task: RankingTask = {
  id: 'list',
  kind: 'ranking',
  schema: { candidate: { topic: 'categorical' } },
  comparison: { share: 0 },
};
const candidates: Candidate[] = ['a', 'b', 'c'].map((id) => ({ id, features: { topic: id } }));

interface Exported {
  readonly tables: Record<string, Record<string, unknown>[]>;
}

const open = new Set<Tendril>();
let namespace = '';
let spawned: Worker[] = [];

beforeEach(({ task: { id } }) => {
  namespace = `privacy-${id}`;
  localStorage.clear();
  spawned = [];
});
afterEach(() => {
  for (const tendril of open) tendril.dispose();
  for (const worker of spawned) worker.terminate();
  open.clear();
  Reflect.deleteProperty(navigator, 'globalPrivacyControl');
});

function page(options: Partial<TendrilOptions> = {}): Tendril {
  const complete = {
    tasks: [task],
    namespace,
    backends: ['cpu'] as const,
    deadlineMs: 60_000,
    ...options,
  };
  const tendril = new Tendril(
    resolveOptions(complete, location.href),
    () => {
      const worker = new Worker(new URL('../../workers/learner.worker.ts', import.meta.url), { type: 'module' });
      spawned.push(worker);
      return worker;
    },
    sourceParts,
  );
  open.add(tendril);
  return tendril;
}

/** A click on the first item: one experience. */
async function click(tendril: Tendril): Promise<void> {
  const { decisionId, error, order } = await tendril.rank('list', { candidates });
  expect(error).toBeNull();
  expect(await tendril.feedback({ decisionId, item: order[0]?.id ?? '' })).toMatchObject({ acknowledged: true });
}

const databases = async () =>
  (await indexedDB.databases()).map(({ name }) => name).filter((name) => name === namespace);
const recordsOf = async (tendril: Tendril) => (await tendril.privacy.status()).stored?.records;

describe('before consent', () => {
  test('nothing is captured, stored or fetched, and the page keeps its own order', async () => {
    const tendril = page({ consent: 'required' });
    const ranking = await tendril.rank('list', { candidates });
    expect(ranking).toMatchObject({ source: 'host', error: { code: 'CONSENT_MISSING' } });
    expect(ranking.order.map(({ id }) => id)).toEqual(['a', 'b', 'c']);
    expect(await tendril.feedback({ decisionId: ranking.decisionId, item: 'a' })).toMatchObject({
      acknowledged: false,
      error: { code: 'CONSENT_MISSING' },
    });
    expect(await tendril.setCandidates('list', candidates)).toBe(false);
    expect(await tendril.privacy.status()).toMatchObject({ consent: 'missing', stored: { records: {} }, error: null });
    expect(await valueOf(await tendril.privacy.export()).text()).toContain('"tables":{}');
    expect((await tendril.status()).state).toBe('waiting');
    expect(spawned).toHaveLength(0);
    expect(await databases()).toEqual([]);
    expect(localStorage).toHaveLength(0);
  });

  test('nothing runs under Global Privacy Control, unless the visitor agrees all the same or the page ignores it', async () => {
    Object.defineProperty(navigator, 'globalPrivacyControl', { value: true, configurable: true });
    const tendril = page();
    expect(await tendril.privacy.status()).toMatchObject({ consent: 'missing', globalPrivacyControl: true });
    expect(spawned).toHaveLength(0);
    tendril.privacy.grant();
    await click(tendril);
    expect(await page({ globalPrivacyControl: 'ignore' }).ready).toBe(true);
  });

  test('what is stored from before can be read and erased', async () => {
    const before = page();
    await click(before);
    before.dispose();
    const tendril = page({ consent: 'required' });
    expect(await recordsOf(tendril)).toMatchObject({ experiences: 1, decisions: 1 });
    const copy = JSON.parse(await valueOf(await tendril.privacy.export()).text()) as {
      tables: { experiences: unknown };
    };
    expect(copy.tables.experiences).toHaveLength(1);
    expect(await tendril.privacy.erase()).toEqual({ ok: true, value: null });
    expect(await databases()).toEqual([]);
    expect((await tendril.status()).state).toBe('waiting');
  });
});

test('with consent it starts, with the candidates that were given before', async () => {
  const tendril = page({ consent: 'required' });
  await tendril.setCandidates('list', candidates);
  tendril.privacy.grant();
  expect(await tendril.ready).toBe(true);
  const { source, order } = await tendril.rank('list');
  expect(source).toBe('model');
  expect(order).toHaveLength(3);
  expect(await tendril.privacy.status()).toMatchObject({ consent: 'granted' });
});

describe('when consent is withdrawn', () => {
  test('capture stops at once and nothing that was stored is left', async () => {
    const tendril = page();
    await click(tendril);
    const { decisionId } = await tendril.rank('list', { candidates });
    const late = tendril.feedback({ decisionId, item: 'c' });
    const withdrawn = tendril.privacy.withdraw();
    expect(await tendril.feedback({ decisionId, item: 'a' })).toMatchObject({ error: { code: 'CONSENT_MISSING' } });
    expect(await withdrawn).toEqual({ ok: true, value: null });
    await late;
    expect(await databases()).toEqual([]);
    expect(localStorage).toHaveLength(0);
    expect((await tendril.rank('list', { candidates })).error?.code).toBe('CONSENT_MISSING');
    expect(await tendril.privacy.status()).toMatchObject({ consent: 'withdrawn', stored: { records: {} } });
  });

  test('the other tabs stop, too, and agreeing again starts from nothing', async () => {
    const [here, there] = [page(), page()];
    await click(here);
    await click(there);
    const stopped = new Promise<void>((resolve) => {
      there.privacy.onConsent((granted) => {
        if (!granted) resolve();
      });
    });
    expect(await here.privacy.withdraw()).toEqual({ ok: true, value: null });
    await stopped;
    expect((await there.rank('list', { candidates })).error?.code).toBe('CONSENT_MISSING');
    expect(await databases()).toEqual([]);
    here.privacy.grant();
    await click(here);
    expect(await recordsOf(here)).toMatchObject({ experiences: 1 });
  });
});

describe('what is stored', () => {
  test('is exported as one JSON file', async () => {
    const tendril = page();
    await click(tendril);
    valueOf(await tendril.checkpoint('list'));
    const file = valueOf(await tendril.privacy.export());
    expect(file.type).toBe('application/json');
    const { tables, ...rest } = JSON.parse(await file.text()) as Exported;
    expect(rest).toMatchObject({ format: 'tendril-export/1', undelivered: [] });
    expect(Object.keys(tables).sort()).toEqual([
      'audit',
      'catalogue',
      'checkpoints',
      'decisions',
      'experiences',
      'knowledge',
      'outbox',
      'pending',
      'reviews',
      'settings',
      'signals',
      'tasks',
      'versions',
    ]);
    expect(tables.experiences?.map(({ payload }) => payload)).toMatchObject([{ kind: 'ranking', reward: 1 }]);
    const { base64 } = tables.checkpoints?.[0]?.bytes as { base64: string };
    // A safetensors file: eight bytes of length, then JSON.
    expect(atob(base64).slice(8, 9)).toBe('{');
    expect(await recordsOf(tendril)).toMatchObject({ experiences: 1, catalogue: 3 });
  });

  test('is erased in one call: log, models, outbox, caches; then it starts over', async () => {
    const tendril = page();
    await click(tendril);
    valueOf(await tendril.checkpoint('list'));
    const outbox = await openOutboxStore(namespace);
    await outbox.add(outboxRecord('waiting'));
    await (await caches.open('tendril-shell-test')).put('/kept', new Response('x'));
    expect(await recordsOf(tendril)).toMatchObject({ outbox: 1 });
    expect(await tendril.privacy.erase()).toEqual({ ok: true, value: null });
    expect((await caches.keys()).filter((name) => name.startsWith('tendril-'))).toEqual([]);
    const { stored } = await tendril.privacy.status();
    expect(stored?.records).toMatchObject({ experiences: 0, decisions: 0, checkpoints: 0, catalogue: 0, outbox: 0 });
    await click(tendril);
    expect(await recordsOf(tendril)).toMatchObject({ experiences: 1 });
  });

  test('drops what is captured and not yet stored, and captures what comes after it', async () => {
    document.body.innerHTML = '<ul data-tendril-task="list"><li data-tendril-item="a">a</li></ul>';
    const item = document.querySelector('li');
    const tendril = page();
    const delivered = new Promise<void>((resolve) => {
      document.addEventListener('tendril:signals', (event) => {
        if ((event as CustomEvent<WireResult<SignalsStored>>).detail.ok) resolve();
      });
    });
    let begun = () => {};
    const begin = () => new Promise<void>((resolve) => (begun = resolve));
    const first = begin();
    const stop = tendril.feed.capture({ sampling: { impression: 0 }, onStart: () => begun() });
    await first;
    item?.click();
    const second = begin();
    expect(await tendril.privacy.erase()).toEqual({ ok: true, value: null });
    await second;
    item?.click();
    await delivered;
    const { tables } = JSON.parse(await valueOf(await tendril.privacy.export()).text()) as Exported;
    expect(tables.signals?.filter(({ type }) => type === 'click')).toHaveLength(1);
    stop();
    document.body.replaceChildren();
  });

  test('is erased under the feet of another tab, which goes on from nothing', async () => {
    const [here, there] = [page(), page()];
    await click(here);
    await click(there);
    expect(await here.privacy.erase()).toEqual({ ok: true, value: null });
    await click(here);
    await click(there);
    expect(await recordsOf(here)).toMatchObject({ experiences: 2 });
    expect(localStorage).toHaveLength(0);
  });
});
