import { beforeAll, describe, expect, it } from 'vitest';
import { sha256Hex } from '../../src/core/hashing.ts';
import { TendrilError } from '../../src/errors.ts';
import { MemoryStore } from '../../src/memory/memory-store.ts';
import type { CheckpointRecord } from '../../src/memory/records.ts';
import type { TaskDeclaration } from '../../src/core/task.ts';
import { rewritten } from '../support/checkpoint.ts';
import { circleEvents, circleTask, listEvents, listTask, type VisitorEvent } from '../support/events.ts';
import { MovableClock } from '../support/movable-clock.ts';
import { damage, errorCodes, modelKeyOf, newestCheckpoint, startNodeWorker, valueOf } from '../support/node-worker.ts';

/** A checkpoint after each of the first events, so that a damaged one has others before it; then the rest. */
async function lived(store: MemoryStore, task: TaskDeclaration, events: readonly VisitorEvent[]): Promise<void> {
  const { worker } = await startNodeWorker({ store, tasks: [task] });
  for (const event of events) {
    await event(worker);
    valueOf(await worker.checkpoint(task.id));
  }
}

/** How many there are by then depends on the time that learning takes. @returns its generation */
async function damageNewest(store: MemoryStore, task: TaskDeclaration): Promise<number> {
  const { generation } = await newestCheckpoint(store, task);
  await damage(store, task, [generation]);
  return generation;
}

describe.each([
  ['labels', circleTask, circleEvents],
  ['clicks', listTask, listEvents],
] as const)('a model of %s', (_, task, eventsOf) => {
  const EVENTS = 12;
  let unharmed: CheckpointRecord;
  beforeAll(async () => {
    const store = new MemoryStore();
    await lived(store, task, eventsOf(EVENTS));
    unharmed = await newestCheckpoint(store, task);
  });

  /** Lives through the first events, then `harm`, then the rest. */
  async function harmed(harm: (store: MemoryStore) => Promise<void>) {
    const store = new MemoryStore();
    const events = eventsOf(EVENTS);
    await lived(store, task, events.slice(0, EVENTS - 3));
    await harm(store);
    const { worker, started } = await startNodeWorker({ store, tasks: [task] });
    expect(valueOf(started).refused).toEqual({});
    const codes = await errorCodes(worker);
    for (const event of events.slice(EVENTS - 3)) await event(worker);
    valueOf(await worker.checkpoint(task.id));
    return { store, codes, digest: (await newestCheckpoint(store, task)).digest };
  }

  it('whose newest checkpoint is damaged goes on from the one before it, with the same bits', async () => {
    let generation = 0;
    const { store, codes, digest } = await harmed(async (store) => {
      generation = await damageNewest(store, task);
    });
    expect(codes).toEqual(['CHECKPOINT_CORRUPT']);
    expect(digest).toBe(unharmed.digest);
    const aside = await store.setting(`damaged-checkpoint/${modelKeyOf(task)}/${generation}`);
    expect(aside, 'kept for who wants to look into it').toMatchObject({ generation });
    expect((await newestCheckpoint(store, task)).generation).toBeGreaterThan(generation);
  });

  it('whose newest checkpoint is damaged goes on also where there is no room to set it aside', async () => {
    const { codes, digest } = await harmed(async (store) => {
      await damageNewest(store, task);
      const put = store.putSetting.bind(store);
      store.putSetting = (key, value) =>
        key.startsWith('damaged-checkpoint/')
          ? Promise.reject(new TendrilError('STORAGE_QUOTA', { reason: 'full' }))
          : put(key, value);
    });
    expect(codes).toEqual(['STORAGE_QUOTA', 'CHECKPOINT_CORRUPT']);
    expect(digest).toBe(unharmed.digest);
  });

  it('whose checkpoints are all damaged is made anew from the log, with the same bits', async () => {
    const { codes, digest } = await harmed(async (store) => {
      const { generation } = await newestCheckpoint(store, task);
      await damage(store, task, [generation - 2, generation - 1, generation]);
    });
    expect(codes).toEqual(['CHECKPOINT_CORRUPT', 'CHECKPOINT_CORRUPT', 'CHECKPOINT_CORRUPT']);
    expect(digest).toBe(unharmed.digest);
  });

  it('whose newest checkpoint claims another log position does not believe it', async () => {
    const { codes, digest } = await harmed(async (store) => {
      const newest = await newestCheckpoint(store, task);
      await store.putCheckpoint({ ...newest, learnedTo: newest.learnedTo - 1 }, 3);
    });
    expect(codes).toEqual(['CHECKPOINT_CORRUPT']);
    expect(digest).toBe(unharmed.digest);
  });

  it.each([
    [
      'of other sizes',
      'tendril.network',
      (network: string) => network.replace(/"hiddenSize":\d+/, '"hiddenSize":9'),
      'INCOMPATIBLE',
    ],
    ['of another schema', 'tendril.schemaHash', () => '"01234567"', 'INCOMPATIBLE'],
    ['with a replay buffer that is none', 'tendril.replayKeys', () => '{"keys":[]}', 'CORRUPT'],
  ])('that was overwritten with one %s goes on from the one before it', async (_, key, change, code) => {
    const { codes, digest } = await harmed(async (store) => {
      const newest = await newestCheckpoint(store, task);
      const bytes = rewritten(newest.bytes, (metadata) => {
        metadata[key] = change(metadata[key]!);
      });
      await store.putCheckpoint({ ...newest, bytes, digest: await sha256Hex(bytes) }, 3);
    });
    expect(codes).toEqual([`CHECKPOINT_${code}`]);
    expect(digest).toBe(unharmed.digest);
  });
});

describe('learning that diverges', () => {
  it('goes back to the last good state, passes over what made it diverge, and learns on', async () => {
    const task = {
      ...circleTask,
      schema: { input: { v: { type: 'embedding', size: 2 } } },
      classes: ['a', 'b'],
    } as const;
    const store = new MemoryStore();
    const { worker } = await startNodeWorker({ store, tasks: [task] });
    const learn = async (decisionId: string, v: readonly number[], label: string) => {
      await worker.classify({ taskId: 'circle', decisionId, input: { v } });
      valueOf(await worker.feedback({ decisionId, label }));
      return valueOf(await worker.checkpoint('circle'));
    };
    await learn('good', [1, 0], 'a');
    const before = await newestCheckpoint(store, task);
    // One of the two labels is a surprise: its gradient fits 32 bits, the square of it does not.
    await learn('wild', [1e25, -1e25], 'a');
    await learn('wild too', [1e25, -1e25], 'b');
    expect(await errorCodes(worker)).toContain('LEARNING_DIVERGED');
    const { learnedTo } = await learn('good too', [0, 1], 'b');
    expect(learnedTo).toBe(4);
    const after = await newestCheckpoint(store, task);
    expect(after.generation).toBeGreaterThan(before.generation);
    const answer = valueOf(await worker.classify({ taskId: 'circle', decisionId: 'last', input: { v: [1, 0] } }));
    expect(Object.values(answer.probabilities).every(Number.isFinite)).toBe(true);
  });

  it('in the middle of a backlog does not hold up the rest of it', async () => {
    const task = {
      ...circleTask,
      schema: { input: { v: { type: 'embedding', size: 2 } } },
      classes: ['a', 'b'],
      learning: { when: 'asked' },
    } as const;
    const { worker } = await startNodeWorker({ store: new MemoryStore(), tasks: [task] });
    const told = async (decisionId: string, v: readonly number[], label: string) => {
      await worker.classify({ taskId: 'circle', decisionId, input: { v } });
      valueOf(await worker.feedback({ decisionId, label }));
    };
    await told('good', [1, 0], 'a');
    valueOf(await worker.checkpoint('circle'));
    await told('wild', [1e25, -1e25], 'a');
    await told('wild too', [1e25, -1e25], 'b');
    await told('good too', [0, 1], 'b');
    await told('good again', [1, 0], 'a');
    expect(valueOf(await worker.checkpoint('circle'))).toMatchObject({ learnedTo: 5 });
    expect(new Set(await errorCodes(worker))).toEqual(new Set(['LEARNING_DIVERGED']));
    const answer = valueOf(await worker.classify({ taskId: 'circle', decisionId: 'last', input: { v: [1, 0] } }));
    expect(Object.values(answer.probabilities).every(Number.isFinite)).toBe(true);
  });
});

it(
  'what a model must learn anew is not pruned because checkpoints that cannot be read had learned it',
  { timeout: 30_000 },
  async () => {
    const store = new MemoryStore();
    const EVENTS = 60;
    const task: TaskDeclaration = { ...circleTask, memory: { maxAgeDays: 1 }, learning: { when: 'asked' } };
    const stopped = new MovableClock();
    const first = await startNodeWorker({
      store,
      tasks: [task],
      environment: { clock: stopped, delay: stopped.delay },
    });
    for (const event of circleEvents(EVENTS)) await event(first.worker);
    valueOf(await first.worker.checkpoint(task.id));
    const key = modelKeyOf(task);
    const generations = (await store.checkpoints(key)).flatMap((one) => (one instanceof Error ? [] : one.generation));
    await damage(store, task, generations);

    const clock = new MovableClock(stopped.nowMs() + 2 * 86_400_000);
    const { worker } = await startNodeWorker({ store, tasks: [task], environment: { clock, delay: clock.delay } });
    const { consolidatedTo } = valueOf(await worker.consolidate(task.id));
    expect(consolidatedTo).toBe(EVENTS);
    const isTended = async () => {
      clock.move(5_000);
      return (await store.countExperiencesAfter(key, 0)) < EVENTS;
    };
    for (let turn = 0; turn < 200; turn++) {
      await isTended();
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(valueOf(await worker.status()).tasks[task.id]).toMatchObject({ pending: EVENTS });
    valueOf(await worker.checkpoint(task.id));
    // What it has learned by now is as old, and may go.
    await expect.poll(isTended).toBe(true);
  },
);
