import { beforeEach, describe, expect, it } from 'vitest';
import type { RankingTask } from '../../src/core/task.ts';
import { parseTask } from '../../src/learners/task-schema.ts';
import { MemoryStore } from '../../src/memory/memory-store.ts';
import { Comparison } from '../../src/runtime/comparison/comparison.ts';
import { MovableClock } from '../support/movable-clock.ts';
import { decisionRecord, experienceRecord, settledItem, settledUpdate } from '../support/records.ts';

const modelKey = 'list@1';
const HOUR_MS = 3_600_000;
const shelf: RankingTask = {
  id: 'list',
  kind: 'ranking',
  schema: { candidate: { topic: 'categorical' } },
  comparison: { share: 0.5 },
};
const task = parseTask(shelf);

let store: MemoryStore;
let clock: MovableClock;
let champion: number;
let decided: number;
let comparison: Comparison;

beforeEach(() => {
  store = new MemoryStore();
  clock = new MovableClock();
  [champion, decided] = [1, 0];
  comparison = new Comparison({
    ...{ task, modelKey, store, clock, champion: () => champion },
    onError: (error) => {
      throw error;
    },
  });
});

/** Decisions under either order in turn, an hour old; of each what came of it is settled. @param better whose order is always chosen from */
async function decide(count: number, learnedTo: number, better: 'model' | 'host'): Promise<void> {
  for (let index = 0; index < count; index++) {
    const arm = decided % 2 === 0 ? 'model' : 'host';
    const decisionId = `d${decided++}`;
    const order = { candidateKeys: ['k'], propensities: [1], scores: [0] };
    const payload = { kind: 'ranking', context: {}, ...order, arm } as const;
    const decidedAtMs = clock.nowMs();
    const model = { modelVersion: null, learnedTo };
    await store.putDecisions([decisionRecord({ decisionId, modelKey, decidedAtMs, model, payload })], []);
    const settled = { x: { ...settledItem(decisionId), reward: arm === better ? 1 : 0 } };
    const experience = experienceRecord(decisionId, { decisionId, modelKey, observedAtMs: decidedAtMs });
    await store.settle([experience], [settledUpdate(decisionId, { modelKey, settled })]);
    // Two at a time: a page may end between them.
    if (decided % 2 === 0) clock.move(1);
  }
  clock.move(HOUR_MS);
}
const counted = (of = comparison) => {
  const { uplift } = of.status();
  return uplift ? [uplift.modelDecisions, uplift.hostDecisions] : [];
};

describe('counting', () => {
  it('stops where it is not wanted any longer, and goes on from there the next time', async () => {
    await decide(901, 1, 'model');
    let pages = 0;
    await comparison.count(() => pages++ < 2);
    expect(counted()).toEqual([200, 200]);
    await comparison.count();
    expect(counted()).toEqual([451, 450]);
    await comparison.count();
    expect(counted()).toEqual([451, 450]);
  });

  it('reads what there is to count in pages', async () => {
    await decide(901, 1, 'model');
    const sizes: number[] = [];
    const read = store.decisionsBetween.bind(store);
    store.decisionsBetween = async (...given) => {
      const page = await read(...given);
      sizes.push(page.length);
      return page;
    };
    await comparison.count();
    expect(sizes).toEqual([200, 200, 200, 200, 101]);
  });

  it('loses nothing where another version begins to serve meanwhile', async () => {
    await decide(600, 1, 'model');
    const counting = comparison.count();
    await Promise.resolve();
    champion = 2;
    await Promise.all([counting, comparison.promoted(2)]);
    expect(counted()).toEqual([300, 300]);
  });

  it('begins anew when what was counted is forgotten', async () => {
    await decide(10, 1, 'model');
    await comparison.count();
    await store.forget({ modelKey, fromMs: 0 });
    await decide(4, 1, 'model');
    await comparison.count();
    expect(counted()).toEqual([2, 2]);
  });
});

it('a version that was found worse says nothing about the one that serves after it', async () => {
  await decide(400, 1, 'model');
  await comparison.count();
  champion = 2;
  await decide(400, 2, 'host');
  expect(await comparison.count()).toBe('version-worse');
  expect(await comparison.count(), 'nothing has been done about it').toBe('version-worse');
  champion = 1;
  expect(await comparison.count()).toBeNull();
});
