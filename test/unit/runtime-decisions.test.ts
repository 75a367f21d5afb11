import { describe, expect, it } from 'vitest';
import { MemoryStore } from '../../src/memory/memory-store.ts';
import type { LearnerWorker, RankAnswer } from '../../src/protocol/messages.ts';
import { circleEvents, circleTask, listCandidates, listEvents, listTask } from '../support/events.ts';
import { modelKeyOf, startNodeWorker, valueOf } from '../support/node-worker.ts';

const tasks = [circleTask, listTask];
const rank = async (worker: LearnerWorker, decisionId: string, hour = 'am'): Promise<RankAnswer> =>
  valueOf(await worker.rank({ taskId: 'list', decisionId, context: { hour }, candidates: listCandidates }));

async function learned(store = new MemoryStore()) {
  const { worker } = await startNodeWorker({ store, tasks });
  for (const event of [...listEvents(8), ...circleEvents(8)]) await event(worker);
  for (const { id } of tasks) valueOf(await worker.checkpoint(id));
  return { worker, store };
}

describe('a decision', () => {
  it('can be made again from its id and the state of the model', async () => {
    const { worker, store } = await learned();
    const [order, again] = [await rank(worker, 'one'), await rank(worker, 'one')];
    expect(again).toEqual(order);
    const restarted = await startNodeWorker({ store, tasks });
    expect(await rank(restarted.worker, 'one')).toEqual(order);
    const { probabilities } = valueOf(await worker.classify({ taskId: 'circle', decisionId: 'p', input: { x: 1 } }));
    const same = await restarted.worker.classify({ taskId: 'circle', decisionId: 'p', input: { x: 1 } });
    expect(valueOf(same).probabilities).toEqual(probabilities);
  });

  it('differs in what is left to chance from one id to another', async () => {
    const { worker } = await learned();
    const orders = new Set<string>();
    for (let i = 0; i < 20; i++) orders.add((await rank(worker, `id ${i}`)).order.map(({ id }) => id).join());
    expect(orders.size).toBeGreaterThan(1);
  });

  it('is logged with everything that an audit needs', async () => {
    const { worker, store } = await learned();
    const { order, model } = await rank(worker, 'logged');
    const record = await store.decision('logged');
    expect(record).toMatchObject({ taskId: 'list', modelKey: modelKeyOf(listTask), servedBy: 'model', model });
    if (record?.payload.kind !== 'ranking') throw new Error('no ranking was logged');
    expect(record.payload).toMatchObject({
      context: { hour: 'am' },
      policy: 'epsilon-greedy',
      propensities: order.slice(0, 4).map(({ propensity }) => propensity),
      scores: order.slice(0, 4).map(({ score }) => score),
    });
    const entries = await store.catalogue(record.payload.candidateKeys);
    expect(entries.map((entry) => entry?.candidateId)).toEqual(order.map(({ id }) => id));
    expect(entries.map((entry) => entry?.features)).toEqual(
      order.map(({ id }) => listCandidates.find((candidate) => candidate.id === id)?.features),
    );
  });

  it('names the model that made it, also while that learns on', async () => {
    const { worker, store } = await learned();
    const { model: before } = await rank(worker, 'clicked');
    const feedback = worker.feedback({ decisionId: 'clicked', item: 'item 5' });
    const during = await Promise.all(Array.from({ length: 40 }, (_, index) => rank(worker, `during ${index}`)));
    valueOf(await feedback);
    const after = valueOf(await worker.checkpoint('list'));
    for (const [index, { model }] of during.entries()) {
      expect((await store.decision(`during ${index}`))?.model).toEqual(model);
      expect(model.learnedTo).toBeGreaterThanOrEqual(before.learnedTo);
      expect(model.learnedTo).toBeLessThanOrEqual(after.learnedTo);
    }
  });

  it.each(['before', 'after'])(
    'that the page did not wait for is logged as its own order, told %s the answer',
    async (when) => {
      const { worker, store } = await learned();
      if (when === 'before') valueOf(await worker.servedByHost('late'));
      await rank(worker, 'late');
      if (when === 'after') valueOf(await worker.servedByHost('late'));
      valueOf(await worker.feedback({ decisionId: 'late', item: 'item 0' }));
      const record = await store.decision('late');
      expect(record).toMatchObject({ servedBy: 'host', payload: { propensities: [], scores: [] } });
      if (record?.payload.kind !== 'ranking') throw new Error('no ranking was logged');
      const ids = (await store.catalogue(record.payload.candidateKeys)).map((entry) => entry?.candidateId);
      expect(ids).toEqual(listCandidates.map(({ id }) => id));
    },
  );

  it('is logged as the page’s own also where the worker that made it is gone', async () => {
    const { worker, store } = await learned();
    const { order } = await rank(worker, 'late');
    valueOf(await worker.feedback({ decisionId: 'late', item: order[0]!.id }));
    const made = await store.decision('late');
    const next = await startNodeWorker({ store, tasks });
    const click = { decisionId: 'late', item: order[1]!.id };
    const [told, clicked] = await Promise.all([next.worker.servedByHost('late'), next.worker.feedback(click)]);
    valueOf(told);
    const { position } = valueOf(clicked);
    const record = await store.decision('late');
    expect(record).toEqual({
      ...made,
      servedBy: 'host',
      payload: { ...made?.payload, propensities: [], scores: [] },
    });
    const [experience] = await store.experiencesAfter(modelKeyOf(listTask), position - 1, 1);
    expect(experience).toMatchObject({ decisionId: 'late', payload: { candidateId: order[1]!.id, propensity: 1 } });
  });

  it('that the page did not wait for is not brought back after it was forgotten', async () => {
    const { worker, store } = await learned();
    await rank(worker, 'forgotten');
    // Another tab forgets, and has not been heard of here.
    const forgotten = { taskId: 'list', item: 'item 3' };
    valueOf(await (await startNodeWorker({ store, tasks })).worker.forget(forgotten));
    valueOf(await worker.servedByHost('forgotten'));
    await expect.poll(async () => (await store.decision('forgotten'))?.servedBy).toBe('host');
    expect(JSON.stringify(await store.decision('forgotten'))).not.toContain('item 3');
  });
});

describe('feedback', () => {
  it('that is delivered again, also to another worker, is acknowledged and learned once', async () => {
    const { worker, store } = await learned();
    const { order } = await rank(worker, 'clicked');
    const click = { decisionId: 'clicked', item: order[2]!.id };
    const { position } = valueOf(await worker.feedback(click));
    const { learnedTo } = valueOf(await worker.checkpoint('list'));
    expect(learnedTo).toBe(position);
    expect(valueOf(await worker.feedback(click))).toEqual({ position, duplicate: true });
    const restarted = await startNodeWorker({ store, tasks });
    const answers = await Promise.all(Array.from({ length: 5 }, () => restarted.worker.feedback(click)));
    expect(answers.map(valueOf)).toEqual(new Array(5).fill({ position, duplicate: true }));
    expect(valueOf(await restarted.worker.checkpoint('list')).learnedTo).toBe(position);
  });

  it('given many times at once is learned once', async () => {
    const { worker } = await learned();
    const { tasks: before } = valueOf(await worker.status());
    await rank(worker, 'clicked');
    const click = { decisionId: 'clicked', item: 'item 5', reward: 0 };
    const answers = (await Promise.all(Array.from({ length: 5 }, () => worker.feedback(click)))).map(valueOf);
    expect(answers.filter(({ duplicate }) => !duplicate)).toHaveLength(1);
    expect(new Set(answers.map(({ position }) => position)).size).toBe(1);
    const { tasks: after } = valueOf(await worker.status());
    expect(after['list']?.experiences).toBe(before['list']!.experiences + 1);
  });

  it('moves what is clicked up', async () => {
    const { worker } = await learned();
    const scoreOf = async (id: string) =>
      (await rank(worker, `score of ${id}`)).order.find((entry) => entry.id === id)!.score;
    expect(await scoreOf('item 5')).toBeGreaterThan(await scoreOf('item 0'));
  });
});
