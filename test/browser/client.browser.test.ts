import { expose } from 'comlink';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Tendril } from '../../src/client/tendril.ts';
import { resolveOptions, type TendrilOptions } from '../../src/client/options.ts';
import { createTendrilAt } from '../../src/client/create-tendril.ts';
import { sourceParts } from '../support/lazy-parts.ts';
import type { Candidate, RankingTask } from '../../src/core/task.ts';
import { DexieStore } from '../../src/memory/dexie-store.ts';

const task: RankingTask = {
  id: 'list',
  kind: 'ranking',
  schema: { candidate: { topic: 'categorical' } },
  comparison: { share: 0 },
};
const candidates: Candidate[] = ['a', 'b', 'c', 'd'].map((id, index) => ({
  id,
  features: { topic: index % 2 === 0 ? 'even' : 'odd' },
}));
const ownOrder = candidates.map(({ id }) => id);

const open = new Set<Tendril>();
const spawned = new Set<Worker>();
let namespace = '';

beforeEach(({ task: { id } }) => {
  namespace = `client-${id}`;
  localStorage.clear();
});
afterEach(() => {
  for (const tendril of open) tendril.dispose();
  for (const worker of spawned) worker.terminate();
  open.clear();
  spawned.clear();
});

function realWorker(): Worker {
  return remember(new Worker(new URL('../../workers/learner.worker.ts', import.meta.url), { type: 'module' }));
}

function remember(worker: Worker): Worker {
  spawned.add(worker);
  return worker;
}

function scriptWorker(source: string): Worker {
  return remember(new Worker(URL.createObjectURL(new Blob([source], { type: 'text/javascript' }))));
}

function client(spawn: () => Worker, options: Partial<TendrilOptions> = {}): Tendril {
  const complete = {
    tasks: [task],
    namespace,
    backends: ['cpu'] as const,
    deadlineMs: 5_000,
    ...options,
  };
  const tendril = new Tendril(resolveOptions(complete, location.href), spawn, sourceParts);
  open.add(tendril);
  return tendril;
}

const idsOf = (order: readonly { id: string }[]) => order.map(({ id }) => id);

describe('a page whose worker serves', () => {
  test('gets an order with propensities and has its feedback acknowledged', async () => {
    const tendril = client(realWorker);
    expect(await tendril.ready).toBe(true);
    const ranking = await tendril.rank('list', { candidates });
    expect(ranking).toMatchObject({ source: 'model', error: null, model: { modelVersion: null, learnedTo: 0 } });
    expect(idsOf(ranking.order).sort()).toEqual(ownOrder);
    expect(ranking.order.every(({ propensity }) => propensity > 0 && propensity <= 1)).toBe(true);
    expect(await tendril.feedback({ decisionId: ranking.decisionId, item: 'b' })).toMatchObject({
      acknowledged: true,
      duplicate: false,
    });
    expect(await tendril.feedback({ decisionId: ranking.decisionId, item: 'b' })).toMatchObject({
      acknowledged: true,
      duplicate: true,
    });
  });

  test('may give its candidates once', async () => {
    const tendril = client(realWorker);
    const many = Array.from({ length: 250 }, (_, index) => ({
      id: `item ${index}`,
      features: { topic: `topic ${index % 9}` },
    }));
    expect(await tendril.setCandidates('list', many)).toBe(true);
    const { source, order } = await tendril.rank('list');
    expect(source).toBe('model');
    expect(new Set(idsOf(order)).size).toBe(250);
  });

  test.each([
    ['an unknown task', 'UNKNOWN_TASK', 'nothing', { candidates }],
    ['a wrong type', 'INVALID_FEATURE', 'list', { candidates: [{ id: 'a', features: { topic: ['x'] } }] }],
    ['an infinite number', 'INVALID_FEATURE', 'list', { candidates: [{ id: 'a', features: { topic: Infinity } }] }],
    ['the same id twice', 'INVALID_CONFIG', 'list', { candidates: [candidates[0], candidates[0]] as Candidate[] }],
  ])('keeps its own order after %s', async (_, code, taskId, request) => {
    const tendril = client(realWorker);
    const ranking = await tendril.rank(taskId, request);
    expect(ranking).toMatchObject({ source: 'host', model: null, error: { code } });
    expect(idsOf(ranking.order)).toEqual(idsOf(request.candidates));
    expect((await tendril.status()).errors[0]?.code).toBe(code);
  });

  test('hears of feedback for a decision that nobody made', async () => {
    const tendril = client(realWorker);
    expect(await tendril.feedback({ decisionId: 'nobody made this', item: 'a' })).toMatchObject({
      acknowledged: false,
      error: { code: 'UNKNOWN_DECISION' },
    });
  });

  test('reads which backend serves and why', async () => {
    const tendril = client(realWorker);
    await tendril.ready;
    const { state, worker } = await tendril.status();
    expect(state).toBe('ready');
    expect(worker?.backend).toMatchObject({ serving: 'cpu', settled: true });
    expect(worker?.tasks.list).toMatchObject({ experiences: 0, pending: 0 });
  });
});

describe('a page whose worker is', () => {
  const silent = () => scriptWorker('');
  const broken = () => remember(new Worker('/this-file-does-not-exist.js', { type: 'module' }));
  const forbidden = () => {
    throw new DOMException('not here', 'SecurityError');
  };

  test('silent gets its own order at the deadline', async () => {
    const tendril = client(silent, { deadlineMs: 20 });
    const ranking = await tendril.rank('list', { candidates });
    expect(ranking).toMatchObject({
      source: 'host',
      error: { code: 'DEADLINE_EXCEEDED', details: { deadlineMs: 20 } },
    });
    expect(idsOf(ranking.order)).toEqual(ownOrder);
  });

  test.each([
    ['broken', broken],
    ['forbidden', forbidden],
  ])('%s gets its own order and learns why', async (_, spawn) => {
    const tendril = client(spawn, { deadlineMs: 50 });
    expect(await tendril.ready).toBe(false);
    expect(idsOf((await tendril.rank('list', { candidates })).order)).toEqual(ownOrder);
    const status = await tendril.status();
    expect(status.state).toBe('unavailable');
    expect(status.errors.at(-1)?.code).toBe('WORKER_UNAVAILABLE');
  });

  test('silent at its start is given up after the time limit', async () => {
    expect(await client(silent, { startTimeoutMs: 30 }).ready).toBe(false);
  });

  test.each([
    ['nothing', undefined],
    ['text', { ok: true, value: 'order' }],
    ['somebody else’s items', { ok: true, value: { order: [{ id: 'x' }, { id: 'y' }, { id: 'z' }, { id: 'w' }] } }],
    ['too few items', { ok: true, value: { order: [{ id: 'a' }] } }],
  ])('answering with %s is not believed', async (_, answer) => {
    const { port1, port2 } = new MessageChannel();
    expose({ start: () => ({ ok: true, value: { protocolVersion: 1, refused: {} } }), rank: () => answer }, port1);
    port2.start();
    const posing = Object.assign(port2, { terminate: () => undefined }) as unknown as Worker;
    const ranking = await client(() => posing).rank('list', { candidates });
    expect(ranking).toMatchObject({ source: 'host', error: { code: 'WORKER_ANSWER_INVALID' } });
    expect(idsOf(ranking.order)).toEqual(ownOrder);
  });
});

test('options that cannot be read leave a handle that says so', async () => {
  const tendril = createTendrilAt({ tasks: [task], registry: 'http://[' }, location.href);
  open.add(tendril);
  expect(await tendril.ready).toBe(false);
  expect((await tendril.rank('list', { candidates })).source).toBe('host');
  expect((await tendril.status()).errors.at(-1)?.code).toBe('INVALID_CONFIG');
});

test('feedback that a page could not deliver is delivered by the next one', async () => {
  const first = client(realWorker);
  const { decisionId } = await first.rank('list', { candidates });
  // An answer is not kept waiting for the log; a page that dies before it is written has decided nothing.
  const store = await DexieStore.open(namespace);
  await expect.poll(() => store.decision(decisionId)).toBeDefined();
  store.close();
  const dying = first.feedback({ decisionId, item: 'c' });
  first.dispose();
  const second = client(realWorker);
  await second.ready;
  // Answered after the journal's feedback, because the worker takes messages in order.
  expect(await second.feedback({ decisionId, item: 'c' })).toMatchObject({ acknowledged: true, duplicate: true });
  expect(localStorage.length).toBe(0);
  void dying;
});
