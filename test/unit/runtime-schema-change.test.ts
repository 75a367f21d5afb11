import { describe, expect, it } from 'vitest';
import type { ClassificationTask } from '../../src/core/task.ts';
import { MemoryStore } from '../../src/memory/memory-store.ts';
import { circleEvents, circleTask } from '../support/events.ts';
import { modelKeyOf, newestCheckpoint, startNodeWorker, valueOf } from '../support/node-worker.ts';

const changed: ClassificationTask = { ...circleTask, schema: { input: { x: 'numeric', size: 'categorical' } } };
const changedFresh: ClassificationTask = { ...changed, onSchemaChange: 'start-fresh' };

/** Starts the task on the store, does the events, learns everything. */
async function run(store: MemoryStore, task: ClassificationTask, events = circleEvents(0)) {
  const { worker, started } = await startNodeWorker({ store, tasks: [task] });
  expect(valueOf(started).refused).toEqual({});
  for (const event of events) await event(worker);
  return { worker, model: valueOf(await worker.checkpoint(task.id)) };
}

async function storeAfter(...runs: (readonly [ClassificationTask, ReturnType<typeof circleEvents>])[]) {
  const store = new MemoryStore();
  for (const [task, events] of runs) await run(store, task, events);
  return store;
}

describe('a task whose schema changed since it was last used', () => {
  const events = circleEvents(10);

  it('is refused, and everything stored stays as it is', async () => {
    const store = await storeAfter([circleTask, events]);
    const before = await newestCheckpoint(store, circleTask);
    const { worker, started } = await startNodeWorker({ store, tasks: [changed] });
    expect(valueOf(started).refused).toMatchObject({
      circle: { code: 'SCHEMA_CHANGED', details: { taskId: 'circle' } },
    });
    const asked = await worker.classify({ taskId: 'circle', decisionId: 'd', input: { x: 1 } });
    expect(asked).toMatchObject({ ok: false, error: { code: 'SCHEMA_CHANGED' } });
    expect(await newestCheckpoint(store, circleTask)).toEqual(before);
    expect(await store.countExperiencesAfter(modelKeyOf(circleTask), 0)).toBe(10);
    expect(await store.checkpoints(modelKeyOf(changed))).toEqual([]);
    const { model } = await run(store, circleTask);
    expect(model.learnedTo).toBe(10);
  });

  it('starts fresh where it says so, and keeps the old model beside the new one', async () => {
    const store = await storeAfter([circleTask, events]);
    const before = await newestCheckpoint(store, circleTask);
    const { worker, model } = await run(store, changedFresh);
    expect(model.learnedTo).toBe(0);
    valueOf(await worker.classify({ taskId: 'circle', decisionId: 'new', input: { x: 1, size: 'large' } }));
    expect(valueOf(await worker.feedback({ decisionId: 'new', label: 'in' }))).toEqual({
      position: 11,
      duplicate: false,
    });
    expect(valueOf(await worker.checkpoint('circle')).learnedTo).toBe(11);
    expect(valueOf(await worker.status()).tasks['circle']).toMatchObject({ experiences: 1, classes: ['in'] });
    expect(await newestCheckpoint(store, circleTask)).toEqual(before);
  });

  it('goes on with the old model when the old schema comes back', async () => {
    const [first, rest] = [circleEvents(20).slice(0, 10), circleEvents(20).slice(10)];
    const fresh: ClassificationTask = { ...circleTask, onSchemaChange: 'start-fresh' };
    const uninterrupted = await storeAfter([circleTask, [...first, ...rest]]);
    const interrupted = await storeAfter([circleTask, first], [changedFresh, []], [fresh, rest]);
    const { digest } = await newestCheckpoint(interrupted, circleTask);
    expect(digest).toBe((await newestCheckpoint(uninterrupted, circleTask)).digest);
  });

  it('takes late feedback for a decision of the old schema into the log of the old model', async () => {
    const store = await storeAfter([circleTask, events]);
    const old = await run(store, circleTask);
    valueOf(await old.worker.classify({ taskId: 'circle', decisionId: 'late', input: { x: 1, colour: 'red' } }));
    const { worker } = await run(store, changedFresh);
    valueOf(await worker.feedback({ decisionId: 'late', label: 'in' }));
    expect(valueOf(await worker.checkpoint('circle')).learnedTo).toBe(0);
    const back = await run(store, { ...circleTask, onSchemaChange: 'start-fresh' });
    expect(back.model.learnedTo).toBe(11);
  });
});

describe('a task that learns in another way than it did', () => {
  it('goes on from its model with the new settings', async () => {
    const events = circleEvents(10);
    const store = await storeAfter([circleTask, events.slice(0, 9)]);
    const still = { ...circleTask, learner: { ...circleTask.learner, learningRate: 1e-6, replaySize: 3 } };
    await run(store, still, events.slice(9));
    const after = await newestCheckpoint(store, circleTask);
    expect(after.learnedTo).toBe(10);
    const text = new TextDecoder().decode(after.bytes);
    expect(text).toContain('\\"learningRate\\":0.000001');
    expect(text).toContain('\\"batchSize\\":4');
  });
});
