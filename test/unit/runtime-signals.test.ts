import { beforeEach, describe, expect, it } from 'vitest';
import type { RankingTask, TaskDeclaration } from '../../src/core/task.ts';
import type { Signal } from '../../src/core/signal.ts';
import { MemoryStore } from '../../src/memory/memory-store.ts';
import type { StoredExperience } from '../../src/memory/records.ts';
import type { LearnerWorker } from '../../src/protocol/messages.ts';
import { MovableClock } from '../support/movable-clock.ts';
import { errorCodes, modelKeyOf, startNodeWorker, valueOf } from '../support/node-worker.ts';

const clicks: RankingTask = {
  id: 'list',
  kind: 'ranking',
  schema: { context: { place: 'categorical' }, candidate: { topic: 'categorical' } },
  comparison: { share: 0 },
};
const reading: RankingTask = {
  ...clicks,
  reward: { formula: { terms: [{ signal: 'dwell', transform: { type: 'saturating', half: 30 }, weight: 1 }] } },
};
const candidates = ['a', 'b', 'c', 'd'].map((id) => ({ id, features: { topic: id } }));
const [SECOND, MINUTE, DAY] = [1_000, 60_000, 86_400_000];

let store: MemoryStore;
let clock: MovableClock;
let worker: LearnerWorker;
let count = 0;

beforeEach(() => {
  store = new MemoryStore();
  clock = new MovableClock();
  count = 0;
});

async function start(task: TaskDeclaration = clicks): Promise<void> {
  ({ worker } = await startNodeWorker({ store, tasks: [task], environment: { clock, delay: clock.delay } }));
}

async function rank(decisionId: string): Promise<string[]> {
  const { order } = valueOf(await worker.rank({ taskId: 'list', decisionId, context: { place: 'home' }, candidates }));
  return order.map(({ id }) => id);
}

const signal = (type: string, rest: Partial<Signal> = {}): Signal => ({
  signalId: `s${++count}`,
  type,
  atMs: clock.nowMs(),
  value: 1,
  ...rest,
});
const send = async (...batch: Signal[]) => valueOf(await worker.signals(batch));

/** Settles and learns what is due. */
async function log(task: TaskDeclaration = clicks): Promise<StoredExperience[]> {
  valueOf(await worker.checkpoint('list'));
  return store.experiencesAfter(modelKeyOf(task), 0, 1000);
}

const rewards = (experiences: readonly StoredExperience[]) =>
  experiences.map(({ payload }) => (payload.kind === 'ranking' ? [payload.candidateId, payload.reward] : null));

describe('signals', () => {
  it('are stored once, and those that are none are named', async () => {
    await start();
    const click = signal('click', { decisionId: 'unknown' });
    expect(await send(click, signal('click', { value: NaN }), click)).toMatchObject({
      stored: 1,
      duplicates: 1,
      refused: [{ index: 1 }],
    });
    expect(await worker.signals('no list' as never)).toMatchObject({ ok: false, error: { code: 'INVALID_FEEDBACK' } });
    expect((await store.count()).signals).toBe(1);
  });

  it('of a chosen item are learned at once, with what was passed over above it', async () => {
    await start();
    const order = await rank('d1');
    await send(signal('click', { decisionId: 'd1', item: order[2]! }));
    expect(rewards(await log())).toEqual([
      [order[0], 0],
      [order[1], 0],
      [order[2], 1],
    ]);
  });

  it('say of what was not seen nothing', async () => {
    await start();
    const order = await rank('d1');
    await send(
      signal('impression', { decisionId: 'd1', item: order[1]! }),
      signal('click', { decisionId: 'd1', item: order[3]! }),
    );
    expect(rewards(await log())).toEqual([
      [order[1], 0],
      [order[3], 1],
    ]);
  });

  it('that are suspicious are kept and weigh nothing', async () => {
    await start();
    const order = await rank('d1');
    await send(signal('click', { decisionId: 'd1', item: order[0]!, suspicion: 'automation' }));
    expect(await log()).toEqual([]);
    expect((await store.count()).signals).toBe(1);
  });

  it('without a decision are joined by task, item and time', async () => {
    await start();
    await rank('d1');
    clock.move(MINUTE);
    await rank('d2');
    await send(signal('completion', { taskId: 'list', item: 'b', atMs: clock.nowMs() - 30 * SECOND }));
    await send(signal('completion', { taskId: 'list', item: 'c' }));
    await send(signal('completion', { taskId: 'list', item: 'of no list' }));
    const decided = (await log())
      .filter(({ payload }) => payload.kind === 'ranking' && payload.reward === 1)
      .map(({ decisionId, payload }) => [decisionId, payload.kind === 'ranking' && payload.candidateId]);
    expect(decided).toEqual([
      ['d1', 'b'],
      ['d2', 'c'],
    ]);
  });

  it('whose reward may still grow are settled when it has not grown for a while, without anybody asking', async () => {
    await start(reading);
    const order = await rank('d1');
    await send(signal('dwell', { decisionId: 'd1', item: order[0]!, value: 10 }));
    expect(await log(reading)).toEqual([]);
    clock.move(20 * SECOND);
    await send(signal('dwell', { decisionId: 'd1', item: order[0]!, value: 20 }));
    clock.move(29 * SECOND);
    expect(await log(reading)).toEqual([]);
    clock.move(SECOND);
    await expect.poll(() => store.countExperiencesAfter(modelKeyOf(reading), 0)).toBe(1);
    expect(rewards(await log(reading))).toEqual([[order[0], 0.5]]);
  });

  it('that come days later, after a restart, revise what was learned', async () => {
    await start();
    const order = await rank('d1');
    await send(signal('click', { decisionId: 'd1', item: order[0]! }));
    const [first] = await log();
    clock.move(3 * DAY);
    await start();
    await send(signal('thumb', { decisionId: 'd1', item: order[0]!, value: -1 }));
    const [, revised] = await log();
    expect(revised).toMatchObject({ supersedes: first!.experienceId, payload: { reward: 0, satisfaction: 0 } });
    clock.move(5 * DAY);
    await send(signal('thumb', { decisionId: 'd1', item: order[0]!, value: 1 }));
    expect(await log(), 'its window has closed').toHaveLength(2);
  });

  it('do not say again what the page has said by feedback', async () => {
    await start();
    const order = await rank('d1');
    valueOf(await worker.feedback({ decisionId: 'd1', item: order[1]! }));
    const said = await log();
    await send(signal('click', { decisionId: 'd1', item: order[1]! }));
    expect(await log()).toEqual(said);
    await send(signal('click', { decisionId: 'd1', item: order[0]! }));
    expect(rewards((await log()).slice(said.length)), 'passed over first, then chosen').toEqual([[order[0], 1]]);
  });

  it('of a visit that ends without a choice make what was seen less wanted', async () => {
    await start();
    const order = await rank('d1');
    for (const item of order.slice(0, 2)) await send(signal('impression', { decisionId: 'd1', item }));
    expect(await log()).toEqual([]);
    await send(signal('abandonment', { decisionId: 'd1' }));
    expect(rewards(await log())).toEqual([
      [order[0], 0],
      [order[1], 0],
    ]);
  });

  it('of a classification are labels', async () => {
    const task: TaskDeclaration = {
      id: 'list',
      kind: 'classification',
      schema: { input: { x: 'numeric' } },
      classes: ['y', 'n'],
    };
    await start(task);
    valueOf(await worker.classify({ taskId: 'list', decisionId: 'c1', input: { x: 1 } }));
    await send(signal('correction', { decisionId: 'c1', instead: 'n' }));
    expect((await log(task)).map(({ payload }) => payload)).toMatchObject([{ kind: 'classification', label: 'n' }]);
  });

  it('are refused with the task whose windows are none', async () => {
    const task = { ...clicks, feedback: { windows: { click: -1 } } };
    const { started } = await startNodeWorker({ store, tasks: [task], environment: { clock, delay: clock.delay } });
    expect(valueOf(started).refused).toMatchObject({ list: { code: 'INVALID_CONFIG' } });
  });
});

describe('an explanation', () => {
  it('names features, policy, chance, model and the signals that made the reward', async () => {
    await start();
    const order = await rank('d1');
    await send(signal('impression', { decisionId: 'd1', item: order[0]! }));
    await send(signal('click', { decisionId: 'd1', item: order[0]!, suspicion: 'untrusted' }));
    await send(signal('click', { decisionId: 'd1', item: order[0]! }));
    const [learned] = await log();
    valueOf(await worker.checkpoint('list'));
    const explained = valueOf(await worker.explain('d1'));
    expect(explained).toMatchObject({
      decisionId: 'd1',
      policy: expect.stringMatching(/./) as string,
      model: { learnedTo: 0, modelVersion: null },
      signals: [
        { type: 'impression', ignored: null },
        { type: 'click', ignored: 'suspicious', suspicion: 'untrusted' },
        { type: 'click', ignored: null },
      ],
    });
    const [item] = explained.items;
    expect(item).toMatchObject({ item: order[0], slot: 0, experienceId: learned!.experienceId });
    expect(item!.propensity).toBeGreaterThan(0);
    expect(item!.outcome).toMatchObject({ reward: 1, evidence: ['s1', 's3'] });
    const topic = item!.features!.find(({ feature }) => feature === 'topic')!;
    expect(topic.contribution, 'what was just rewarded speaks for the item').toBeGreaterThan(0);
    expect(await worker.explain('unknown')).toMatchObject({ ok: false, error: { code: 'UNKNOWN_DECISION' } });
  });
});

describe('forgetting', () => {
  async function visits(): Promise<void> {
    for (let visit = 0; visit < 6; visit++) {
      await rank(`d${visit}`);
      await send(signal('click', { decisionId: `d${visit}`, item: visit % 2 === 0 ? 'a' : 'b' }));
      await log();
      clock.move(DAY);
    }
  }

  it('an item leaves nothing of it, and a model as if it had never been chosen', async () => {
    await start();
    await visits();
    const account = valueOf(await worker.forget({ taskId: 'list', item: 'a' }));
    expect(account.removed['experiences']).toBeGreaterThan(0);
    expect(account.removed['signals']).toBe(3);
    expect(account.relearned).toBeGreaterThan(0);
    const left = await log();
    for (const table of ['experiences', 'signals', 'catalogue', 'decisions', 'pending'] as const)
      for await (const page of store.pages(table))
        expect(JSON.stringify(page).replace(/"topic":"a"/g, 'topic a'), table).not.toContain('"a"');
    // The same log, learned by a model that never saw anything else.
    const again = new MemoryStore();
    await again.appendExperiences(left.map(({ position: _, ...experience }) => experience));
    const mine = await scores();
    store = again;
    await start();
    await log();
    const theirs = await scores();
    expect(mine).toEqual(theirs);
  });

  async function scores(): Promise<Map<string, number>> {
    const { order } = valueOf(
      await worker.rank({ taskId: 'list', decisionId: 'asked', context: { place: 'home' }, candidates }),
    );
    return new Map(order.map(({ id, score }) => [id, score] as [string, number]).sort());
  }

  it('a day takes its decisions, signals and experiences', async () => {
    await start();
    await visits();
    const fromMs = 1_700_000_000_000 + 2 * DAY;
    valueOf(await worker.forget({ taskId: 'list', fromMs, toMs: fromMs + DAY }));
    expect(new Set((await log()).map(({ decisionId }) => decisionId))).toEqual(new Set(['d0', 'd1', 'd3', 'd4', 'd5']));
    expect(await store.decision('d2')).toBeUndefined();
    expect(await store.signalsOf('d2')).toEqual([]);
  });

  it('a type of signal leaves what the others say', async () => {
    await start();
    const order = await rank('d1');
    await send(signal('click', { decisionId: 'd1', item: order[0]! }));
    await send(signal('thumb', { decisionId: 'd1', item: order[0]!, value: -1 }));
    expect(rewards(await log()).at(-1)).toEqual([order[0], 0]);
    valueOf(await worker.forget({ taskId: 'list', signalType: 'thumb' }));
    expect(rewards(await log())).toContainEqual([order[0], 1]);
    expect(JSON.stringify(await log())).not.toContain('thumb');
  });

  it('nothing in particular is refused', async () => {
    await start();
    expect(await worker.forget({ taskId: 'list' })).toMatchObject({ ok: false, error: { code: 'INVALID_DATA' } });
    expect(await worker.forget({ taskId: 'none', item: 'a' })).toMatchObject({
      ok: false,
      error: { code: 'UNKNOWN_TASK' },
    });
    expect(await errorCodes(worker)).toEqual(['UNKNOWN_TASK', 'INVALID_DATA']);
  });
});

describe('long-term memory', () => {
  async function visits(): Promise<void> {
    for (let visit = 0; visit < 60; visit++) {
      await rank(`d${visit}`);
      await send(signal('click', { decisionId: `d${visit}`, item: 'c' }));
      await log();
    }
  }

  /** Nobody asks for anything, until `done`; asking for it would be asking for something. */
  async function idle(done: () => Promise<boolean>): Promise<void> {
    await expect
      .poll(() => {
        clock.move(5 * SECOND);
        return done();
      })
      .toBe(true);
  }

  it('is made of the log when nobody asks for anything, and says what it kept', async () => {
    await start();
    await visits();
    const experiences = (await log()).length;
    expect(valueOf(await worker.memory('list'))).toMatchObject({ experiences, consolidation: null, longTerm: {} });
    await idle(async () => (await store.knowledge(modelKeyOf(clicks))).length > 0);
    const status = valueOf(await worker.memory('list'));
    expect(status.consolidation).toMatchObject({ consolidatedTo: experiences });
    const entries = valueOf(await worker.knowledge('list'));
    expect(Object.values(status.longTerm).reduce((sum, kept) => sum + kept, 0)).toBe(entries.length);
    const liked = entries.find(({ kind, key }) => kind === 'preference' && key.includes('c'));
    expect(liked?.sources.count).toBe(60);
  });

  it('outlives the episodes that it was made of', async () => {
    await start({ ...clicks, memory: { maxAgeDays: 10 } });
    await visits();
    valueOf(await worker.consolidate('list'));
    const before = valueOf(await worker.knowledge('list')).length;
    clock.move(20 * DAY);
    await rank('later');
    await idle(async () => (await store.countExperiencesAfter(modelKeyOf(clicks), 0)) < 10);
    expect(valueOf(await worker.knowledge('list'))).toHaveLength(before);
    expect(valueOf(await worker.memory('list')).experiences).toBeLessThan(10);
    expect((await store.count()).decisions).toBe(1);
  });
});
