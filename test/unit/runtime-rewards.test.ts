import { describe, expect, it } from 'vitest';
import type { RankingTask } from '../../src/core/task.ts';
import { MemoryStore } from '../../src/memory/memory-store.ts';
import type { LearnerWorker } from '../../src/protocol/messages.ts';
import { errorCodes, newestCheckpoint, startNodeWorker, valueOf } from '../support/node-worker.ts';

const reading: RankingTask = {
  id: 'reading',
  kind: 'ranking',
  schema: { candidate: { topic: 'categorical' } },
  comparison: { share: 0 },
  exploration: { policy: 'greedy', slots: 1 },
  reward: {
    formula: { terms: [{ signal: 'dwell', transform: { type: 'saturating', half: 30 }, weight: 1 }] },
    rerank: 0.5,
  },
};
const candidates = ['css', 'html', 'js'].map((topic) => ({ id: topic, features: { topic } }));
const start = async (store = new MemoryStore(), task = reading) => ({
  store,
  ...(await startNodeWorker({ store, tasks: [task] })),
});

/** Every item is opened; those of `long` are read for minutes, the others for a second. */
async function read(worker: LearnerWorker, visits: number, long: string, satisfaction?: number): Promise<void> {
  for (let visit = 0; visit < visits; visit++) {
    const decisionId = `${long} ${visit}`;
    valueOf(await worker.rank({ taskId: 'reading', decisionId, context: {}, candidates }));
    for (const { id } of candidates) {
      const signals = { dwell: id === long ? 300 : 1, depth: null };
      valueOf(
        await worker.feedback({ decisionId, item: id, signals, ...(satisfaction !== undefined && { satisfaction }) }),
      );
    }
  }
  valueOf(await worker.checkpoint('reading'));
}
const order = async (worker: LearnerWorker, decisionId = 'asked') =>
  valueOf(await worker.rank({ taskId: 'reading', decisionId, context: {}, candidates })).order.map(({ id }) => id);

describe('a declared reward', () => {
  it('is made of the signals, whatever was opened', async () => {
    const { worker, store } = await start();
    await read(worker, 30, 'js');
    expect((await order(worker))[0]).toBe('js');
    const { payload } = (await store.decision('asked'))!;
    expect(payload).toMatchObject({ kind: 'ranking', policy: 'greedy', rewardVersion: expect.stringMatching(/./) });
  });

  it('goes on after a restart with the bits of one that never stopped', async () => {
    const [one, two] = [await start(), await start()];
    await read(one.worker, 10, 'css', 1);
    await read(two.worker, 10, 'css', 1);
    const again = await start(two.store);
    await read(one.worker, 10, 'html', 0);
    await read(again.worker, 10, 'html', 0);
    const digests = await Promise.all([one.store, two.store].map((store) => newestCheckpoint(store, reading)));
    expect(digests[1]?.digest).toBe(digests[0]?.digest);
  });

  it('may change: the order is kept, what was learned about the old formula is not', async () => {
    const { worker, store } = await start();
    await read(worker, 30, 'js');
    const changed = { ...reading, reward: { formula: { terms: [{ signal: 'depth', weight: 1 }] } } };
    const again = await start(store, changed);
    expect(await errorCodes(again.worker)).toEqual([]);
    expect((await order(again.worker, 'later'))[0]).toBe('js');
  });

  it('that is none refuses the task', async () => {
    const { started } = await start(new MemoryStore(), { ...reading, reward: { formula: { terms: [] } } });
    expect(valueOf(started).refused['reading']).toMatchObject({ code: 'INVALID_CONFIG' });
  });
});

it('a model that is made of what a visitor did is not published', async () => {
  const task = { id: 'help', kind: 'retrieval' } as const;
  const fetch = () => Promise.reject(new TypeError('fetch failed'));
  const registryUrl = 'http://registry.example/';
  const { worker } = await startNodeWorker({
    store: new MemoryStore(),
    tasks: [task],
    registryUrl,
    environment: { fetch },
  });
  const published = await worker.publish('help', null);
  expect(published.ok ? null : published.error.code).toBe('WRONG_TASK_KIND');
});
