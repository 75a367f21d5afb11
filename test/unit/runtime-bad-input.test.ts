import { beforeEach, describe, expect, it } from 'vitest';
import type { Candidate, Features, TaskDeclaration } from '../../src/core/task.ts';
import type { ErrorCode } from '../../src/errors.ts';
import { MemoryStore } from '../../src/memory/memory-store.ts';
import type { FeedbackRequest, LearnerWorker, WireResult } from '../../src/protocol/messages.ts';
import { nodeEnvironment } from '../../src/runtime/node-environment.ts';
import { circleTask, listCandidates, listTask } from '../support/events.ts';
import { mortalStore, type MortalStore } from '../support/mortal-store.ts';
import { errorCodes, modelKeyOf, startNodeWorker, valueOf } from '../support/node-worker.ts';

const tasks = [circleTask, listTask];

describe('a worker that serves two tasks answers bad input with a code, stores nothing and serves on:', () => {
  let mortal: MortalStore;
  let worker: LearnerWorker;

  beforeEach(async () => {
    mortal = mortalStore(new MemoryStore());
    ({ worker } = await startNodeWorker({ store: mortal.store, tasks }));
    valueOf(await worker.classify({ taskId: 'circle', decisionId: 'labelled', input: { x: 1 } }));
    valueOf(await worker.rank({ taskId: 'list', decisionId: 'ranked', context: {}, candidates: listCandidates }));
    valueOf(await worker.feedback({ decisionId: 'labelled', label: 'in' }));
    for (const { id } of tasks) valueOf(await worker.checkpoint(id));
  });

  async function refuses(call: () => Promise<WireResult<unknown>>, code: ErrorCode, details: Features = {}) {
    // How the task does and which versions are kept is written behind the answers, whatever is asked.
    const answers = () => mortal.writes.filter((name) => name !== 'putSetting' && name !== 'pruneVersions');
    const before = answers();
    expect(await call()).toMatchObject({ ok: false, error: { code, details } });
    expect(await errorCodes(worker)).toContain(code);
    for (const { id } of tasks) valueOf(await worker.checkpoint(id));
    expect(answers()).toEqual(before);
    const { tasks: served } = valueOf(await worker.status());
    expect([served['circle']?.experiences, served['list']?.experiences]).toEqual([1, 0]);
    valueOf(await worker.classify({ taskId: 'circle', decisionId: 'after', input: {} }));
  }

  const classify = (input: unknown, taskId = 'circle') =>
    worker.classify({ taskId, decisionId: 'bad', input: input as Features });
  const rank = (candidates: unknown, context: unknown = {}, taskId = 'list') =>
    worker.rank({ taskId, decisionId: 'bad', context: context as Features, candidates: candidates as Candidate[] });
  const one = (features: unknown) => [{ id: 'a', features }];

  it.each<[string, ErrorCode, Features, () => Promise<WireResult<unknown>>]>([
    ['NaN', 'INVALID_FEATURE', { feature: 'x' }, () => classify({ x: NaN })],
    ['a number as text', 'INVALID_FEATURE', { feature: 'y' }, () => classify({ y: '1' })],
    ['a misspelt name', 'INVALID_FEATURE', { feature: 'color' }, () => classify({ color: 'red' })],
    ['no input', 'INVALID_FEATURE', { feature: '*' }, () => classify(undefined)],
    ['an unknown task', 'UNKNOWN_TASK', { taskId: 'nobody' }, () => classify({}, 'nobody')],
    ['a ranking to classify', 'WRONG_TASK_KIND', { kind: 'ranking' }, () => classify({}, 'list')],
    ['a classification to rank', 'WRONG_TASK_KIND', { kind: 'classification' }, () => rank([], {}, 'circle')],
    ['an infinite number', 'INVALID_FEATURE', { feature: 'length' }, () => rank(one({ length: Infinity }))],
    ['a bad context', 'INVALID_FEATURE', { feature: 'hour' }, () => rank(listCandidates, { hour: {} })],
    ['no candidates', 'INVALID_CONFIG', {}, () => rank(undefined)],
    ['candidates that are no list', 'INVALID_CONFIG', {}, () => rank({ a: 1 })],
    ['a candidate that is null', 'INVALID_CONFIG', {}, () => rank([null])],
    ['a candidate without an id', 'INVALID_CONFIG', {}, () => rank([{ features: {} }])],
    ['the same id twice', 'INVALID_CONFIG', {}, () => rank([...listCandidates, listCandidates[0]])],
    ['features that are a text', 'INVALID_FEATURE', { feature: '*' }, () => rank(one('css'))],
    ['too many candidates', 'INVALID_CONFIG', {}, () => rank(new Array(20_001).fill({ id: 'a', features: {} }))],
    ['a ranking of nothing', 'INVALID_DATA', {}, () => worker.rank(undefined as never)],
    ['an input of nothing', 'INVALID_DATA', {}, () => worker.classify(null as never)],
    ['a ranking without an id', 'INVALID_DATA', {}, () => worker.rank({ taskId: 'list', context: {} } as never)],
    ['an id that is a number', 'INVALID_DATA', {}, () => worker.rank({ taskId: 'list', decisionId: 5 } as never)],
    ['items of nothing', 'INVALID_DATA', {}, () => worker.addItems(undefined as never)],
    ['the removal of nothing', 'INVALID_DATA', {}, () => worker.removeItems(undefined as never)],
    ['an order of no decision', 'INVALID_DATA', {}, () => worker.servedByHost(undefined as never)],
    ['a checkpoint of nobody', 'UNKNOWN_TASK', { taskId: 'nobody' }, () => worker.checkpoint('nobody')],
    ['a publication without a registry', 'INVALID_CONFIG', {}, () => worker.publish('list', null)],
  ])('%s', async (_, code, details, call) => {
    await refuses(call, code, details);
  });

  it.each<[string, ErrorCode, unknown]>([
    ['feedback for an unknown decision', 'UNKNOWN_DECISION', { decisionId: 'nobody made this', item: 'item 1' }],
    ['feedback for no decision', 'INVALID_FEEDBACK', { item: 'item 1' }],
    ['feedback that is nothing', 'INVALID_FEEDBACK', undefined],
    ['an item that was no candidate', 'INVALID_FEEDBACK', { decisionId: 'ranked', item: 'item 99' }],
    ['a label for a ranking', 'INVALID_FEEDBACK', { decisionId: 'ranked', label: 'in' }],
    ['an item for a classification', 'INVALID_FEEDBACK', { decisionId: 'labelled', item: 'item 1' }],
    ['a reward above 1', 'INVALID_FEEDBACK', { decisionId: 'ranked', item: 'item 1', reward: 2 }],
    ['a NaN reward', 'INVALID_FEEDBACK', { decisionId: 'ranked', item: 'item 1', reward: NaN }],
    ['a weight of 0', 'INVALID_FEEDBACK', { decisionId: 'ranked', item: 'item 1', weight: 0 }],
  ])('%s', async (_, code, feedback) => {
    await refuses(() => worker.feedback(feedback as FeedbackRequest), code);
  });

  it('a bad step anywhere in a stream', async () => {
    const good = { type: 'predict', decisionId: 's1', input: { x: 1 } } as const;
    const learn = { type: 'learn', decisionId: 's1', label: 'in' } as const;
    const bad = { type: 'predict', decisionId: 's2', input: { x: NaN } } as const;
    const unknown = { type: 'learn', decisionId: 's3', label: 'in' } as const;
    await refuses(() => worker.stream('circle', [good, learn, bad]), 'INVALID_FEATURE', { feature: 'x' });
    await refuses(() => worker.stream('circle', [good, learn, unknown]), 'UNKNOWN_DECISION', { decisionId: 's3' });
    await refuses(() => worker.stream('list', [good]), 'WRONG_TASK_KIND');
  });

  it('bad candidates leave the set as it was', async () => {
    valueOf(await worker.setCandidates('list', listCandidates, 'replace'));
    await refuses(
      () => worker.setCandidates('list', [{ id: 'a', features: { length: NaN } }], 'replace'),
      'INVALID_FEATURE',
    );
    await refuses(() => worker.setCandidates('list', listCandidates.slice(0, 1), 'append'), 'INVALID_CONFIG');
    expect(valueOf(await worker.rank({ taskId: 'list', decisionId: 'set', context: {} })).order).toHaveLength(6);
  });
});

describe('a worker that is asked to start with', () => {
  const start = (tasks: readonly TaskDeclaration[], store = new MemoryStore()) => startNodeWorker({ store, tasks });
  const broken = { ...listTask, id: 'broken', exploration: { epsilon: 2 } };

  it('one bad task among others refuses that one and serves the rest', async () => {
    const { worker, started } = await start([broken, circleTask]);
    expect(valueOf(started).refused).toMatchObject({ broken: { code: 'INVALID_CONFIG' } });
    valueOf(await worker.classify({ taskId: 'circle', decisionId: 'd', input: {} }));
    const asked = await worker.rank({ taskId: 'broken', decisionId: 'd', context: {}, candidates: [] });
    expect(asked).toMatchObject({ ok: false, error: { code: 'INVALID_CONFIG' } });
  });

  it('the same task twice serves and learns the first', async () => {
    const { worker, started } = await start([circleTask, circleTask]);
    expect(valueOf(started).refused).toMatchObject({ circle: { code: 'INVALID_CONFIG' } });
    valueOf(await worker.classify({ taskId: 'circle', decisionId: 'd', input: { x: 1 } }));
    valueOf(await worker.feedback({ decisionId: 'd', label: 'in' }));
    expect(valueOf(await worker.checkpoint('circle')).learnedTo).toBe(1);
  });

  it('a request of another protocol answers every call with the reason', async () => {
    const { worker, started } = await startNodeWorker({
      store: new MemoryStore(),
      tasks: 'none' as unknown as TaskDeclaration[],
    });
    expect(started).toMatchObject({ ok: false, error: { code: 'INVALID_CONFIG' } });
    expect(await worker.status()).toMatchObject({ ok: false, error: { code: 'INVALID_CONFIG' } });
  });

  it('a storage that cannot be opened serves from memory and says so', async () => {
    const { openStorage } = nodeEnvironment();
    const opened: string[] = [];
    const { worker } = await startNodeWorker({
      store: new MemoryStore(),
      tasks: [circleTask],
      environment: {
        openStorage: (kind, namespace) => {
          opened.push(kind);
          return openStorage(opened.length === 1 ? 'indexeddb' : kind, namespace);
        },
      },
    });
    expect(await errorCodes(worker)).toEqual(['STORAGE_UNAVAILABLE']);
    valueOf(await worker.classify({ taskId: 'circle', decisionId: 'd', input: { x: 1 } }));
    expect(valueOf(await worker.feedback({ decisionId: 'd', label: 'in' }))).toEqual({ position: 1, duplicate: false });
  });

  it('a model that cannot be read refuses its task alone, and leaves its learning to other tabs', async () => {
    const store = new MemoryStore();
    const failing = new Proxy(store, {
      get: (target, name: keyof MemoryStore) => {
        if (name === 'checkpoints') return (key: string) => readCheckpoints(target, key);
        const member = target[name];
        return typeof member === 'function' ? (member as () => unknown).bind(target) : member;
      },
    });
    const readCheckpoints = (target: MemoryStore, key: string) =>
      key === modelKeyOf(circleTask) ? Promise.reject(new Error('the disk is gone')) : target.checkpoints(key);
    const released: string[] = [];
    const elect = (modelKey: string) => Promise.resolve({ elected: true, release: () => void released.push(modelKey) });
    const openTabs = () => ({ ...nodeEnvironment().openTabs('test'), elect });
    const tasks = [circleTask, listTask];
    const { worker, started } = await startNodeWorker({ store: failing, tasks, environment: { openTabs } });
    expect(Object.keys(valueOf(started).refused)).toEqual(['circle']);
    expect(released).toEqual([modelKeyOf(circleTask)]);
    valueOf(await worker.rank({ taskId: 'list', decisionId: 'd', context: {}, candidates: listCandidates }));
  });
});
