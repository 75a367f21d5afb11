import { describe, expect, it } from 'vitest';
import { Rng } from '../../src/core/rng.ts';
import type { RankingTask } from '../../src/core/task.ts';
import { MemoryStore } from '../../src/memory/memory-store.ts';
import type { LearnerWorker } from '../../src/protocol/messages.ts';
import { armOf } from '../../src/runtime/comparison/arm.ts';
import type { TabMessage } from '../../src/runtime/environment.ts';
import { nodeEnvironment } from '../../src/runtime/node-environment.ts';
import { MovableClock } from '../support/movable-clock.ts';
import { modelKeyOf, startNodeWorker, valueOf } from '../support/node-worker.ts';

const shelf: RankingTask = {
  id: 'shelf',
  kind: 'ranking',
  schema: { candidate: { topic: 'categorical' } },
  exploration: { slots: 2 },
};
const topics = ['a', 'b', 'c', 'd', 'e'];
const candidates = topics.map((topic) => ({ id: topic, features: { topic } }));
const HOUR_MS = 3_600_000;

interface Visit {
  readonly worker: LearnerWorker;
  readonly clock: MovableClock;
}

/** The visitor wants one topic, and clicks on it if it stands at the very top. @returns decisions that kept the page's order */
async function visit({ worker, clock }: Visit, wanted: string, from: number, count: number): Promise<number> {
  let kept = 0;
  for (let index = from; index < from + count; index++) {
    const decisionId = `visit ${index}`;
    const { order, abstained } = valueOf(await worker.rank({ taskId: 'shelf', decisionId, context: {}, candidates }));
    if (abstained) kept++;
    const shown = abstained ? candidates : order;
    if (shown[0]?.id === wanted) valueOf(await worker.feedback({ decisionId, item: wanted }));
    else if (index % 4 === 0) valueOf(await worker.feedback({ decisionId, item: wanted, reward: 0.25 }));
    clock.move(1000);
    if (index % 10 === 9) valueOf(await worker.checkpoint('shelf'));
  }
  return kept;
}

async function start(task: RankingTask, store = new MemoryStore(), clock = new MovableClock(), elected = true) {
  const said = new Set<TabMessage['type']>();
  let onMessage: (message: TabMessage) => void = () => undefined;
  const openTabs = () => ({
    ...nodeEnvironment().openTabs('test'),
    elect: () => Promise.resolve({ elected, release: () => undefined }),
    post: ({ type }: TabMessage) => void said.add(type),
    onMessage: (listener: typeof onMessage) => (onMessage = listener),
  });
  const environment = { clock, delay: clock.delay, openTabs };
  const { worker, events } = await startNodeWorker({ store, tasks: [task], environment });
  const hears = (type: TabMessage['type']) => onMessage({ type, modelKey: modelKeyOf(task) });
  return { worker, events, clock, store, said, hears };
}

describe('the arm of a decision', () => {
  it('is drawn as often as the share says, and the same for the same decision', () => {
    const hosts = Array.from({ length: 20_000 }, (_, index) => armOf(`d${index}`, 0.05, 1) === 'host');
    // Five standard errors.
    expect(Math.abs(hosts.filter(Boolean).length / hosts.length - 0.05)).toBeLessThan(0.0077);
    expect(hosts.map((_, index) => armOf(`d${index}`, 0.05, 1) === 'host')).toEqual(hosts);
  });

  it('has nothing to do with the draw of the exploration', () => {
    const explored = (index: number) => Rng.fromSeed(index).nextFloat() < 0.5;
    const both = Array.from({ length: 20_000 }, (_, i) => armOf(`d${i}`, 0.5, 1) === 'host' && explored(i)).filter(
      Boolean,
    );
    expect(Math.abs(both.length / 20_000 - 0.25)).toBeLessThan(0.0154);
  });
});

describe('a comparison', () => {
  it('shows what the model brings more than the page’s own order, once decisions are settled', async () => {
    const shop = await start({ ...shelf, comparison: { share: 0.3 } });
    const kept = await visit(shop, 'c', 0, 300);
    expect(kept).toBeGreaterThan(60);
    const early = valueOf(await shop.worker.versions('shelf')).comparison;
    expect(early?.uplift).toMatchObject({ status: 'refused', hostDecisions: 0 });
    shop.clock.move(HOUR_MS);
    const { comparison } = valueOf(await shop.worker.versions('shelf'));
    expect(comparison?.uplift).toMatchObject({ hostDecisions: kept, modelDecisions: 300 - kept });
    expect(comparison?.uplift?.interval.lower, 'proven better').toBeGreaterThan(0);
    const restarted = await start({ ...shelf, comparison: { share: 0.3 } }, shop.store, shop.clock);
    expect(valueOf(await restarted.worker.versions('shelf')).comparison).toEqual(comparison);
  });

  it('logs a decision that keeps the page’s order as such, with what the model would have put first', async () => {
    const shop = await start({ ...shelf, comparison: { share: 0.5 } });
    await visit(shop, 'c', 0, 40);
    const index = Array.from({ length: 40 }, (_, one) => one).find((one) => armOf(`visit ${one}`, 0.5, 1) === 'host')!;
    const record = (await shop.store.decision(`visit ${index}`))!;
    expect(record).toMatchObject({ servedBy: 'host', payload: { arm: 'host', propensities: [] } });
    if (record.payload.kind !== 'ranking') throw new Error('no ranking was logged');
    expect(record.payload.candidateKeys.map((key) => key.split(':')[1])).toEqual(topics);
    expect(record.payload.shadow).toHaveLength(5);
  });

  it('that finds the model worse has it stand back', async () => {
    const shop = await start({ ...shelf, comparison: { share: 0.3 }, versions: { assertions: [] } });
    await visit(shop, 'c', 0, 100);
    // Nobody wants it any more, and the model is not told: only the page's order is clicked on.
    for (let index = 100; index < 700; index++) {
      const decisionId = `visit ${index}`;
      const { abstained } = valueOf(await shop.worker.rank({ taskId: 'shelf', decisionId, context: {}, candidates }));
      if (abstained?.reason === 'comparison')
        valueOf(await shop.worker.feedback({ decisionId, item: 'a', weight: 1e-6 }));
      shop.clock.move(1000);
    }
    shop.clock.move(HOUR_MS);
    const before = valueOf(await shop.worker.versions('shelf'));
    const moved = before.moves[0]?.kind === 'rolled-back' || before.comparison?.standsBack === 'worse';
    expect(moved, JSON.stringify(before.comparison)).toBe(true);
  });
});

describe('an apprentice', () => {
  it('leaves the page’s order until it puts what is chosen higher than the page does', async () => {
    const task = { ...shelf, comparison: { share: 0.05, apprentice: true } };
    const shop = await start(task);
    const other = await start(task, shop.store, shop.clock, false);
    expect(await visit(shop, 'c', 0, 60)).toBe(60);
    expect(valueOf(await shop.worker.versions('shelf')).comparison).toMatchObject({ standsBack: 'apprentice' });
    for (let index = 60; index < 160; index++) {
      const decisionId = `visit ${index}`;
      valueOf(await shop.worker.rank({ taskId: 'shelf', decisionId, context: {}, candidates }));
      valueOf(await shop.worker.feedback({ decisionId, item: 'c' }));
      shop.clock.move(1000);
      if (index % 10 === 9) valueOf(await shop.worker.checkpoint('shelf'));
    }
    shop.clock.move(HOUR_MS);
    shop.said.clear();
    expect(valueOf(await shop.worker.versions('shelf')).comparison).toMatchObject({ standsBack: null });
    // Another tab has the same model; only whose order is shown has changed.
    expect([...shop.said]).toEqual(['comparison']);
    const shownBy = async (decisionId: string) =>
      valueOf(await other.worker.rank({ taskId: 'shelf', decisionId, context: {}, candidates })).abstained?.reason;
    expect(await shownBy('unheard')).toBe('apprentice');
    other.hears('comparison');
    await expect.poll(() => shownBy('heard')).toBeUndefined();
    expect(await visit(shop, 'c', 160, 40)).toBeLessThan(15);
  });
});

describe('a shadowed ranking', () => {
  it('logs what the challenger would have put first, never shows it, and learns what came of it', async () => {
    const shop = await start({ ...shelf, comparison: { share: 0 }, versions: { shadow: true } });
    await visit(shop, 'c', 0, 60);
    const decisions = await shop.store.decisionsBefore(modelKeyOf(shelf), Infinity, 100);
    const shadowed = decisions.filter(({ payload }) => payload.kind === 'ranking' && payload.challenger);
    expect(shadowed.length).toBeGreaterThan(20);
    for (const { payload, model } of shadowed) {
      if (payload.kind !== 'ranking') continue;
      expect(payload.challenger).toMatchObject({ servedTo: model.learnedTo });
      expect(payload.challenger!.learnedTo).toBeGreaterThanOrEqual(model.learnedTo);
      expect(payload.challenger!.order).toHaveLength(5);
    }
    const log = await shop.store.experiencesAfter(modelKeyOf(shelf), 0, 200);
    const first = log.filter(({ payload }) => payload.kind === 'ranking' && payload.first);
    expect(first.length).toBeGreaterThan(5);
    expect(first.every(({ payload }) => payload.kind === 'ranking' && payload.slot === 0)).toBe(true);
    const plain = await start({ ...shelf, comparison: { share: 0 } });
    await visit(plain, 'c', 0, 20);
    const [decision] = await plain.store.decisionsBefore(modelKeyOf(shelf), Infinity, 1);
    expect(decision?.payload).not.toHaveProperty('challenger');
  });
});

describe('a guarded ranking', () => {
  it('gives no item more than its share of the first places', async () => {
    const shares = async (task: RankingTask) => {
      const shop = await start({ ...task, comparison: { share: 0 } });
      const shown = new Map<string, number>();
      for (let index = 0; index < 300; index++) {
        const decisionId = `visit ${index}`;
        const { order } = valueOf(await shop.worker.rank({ taskId: 'shelf', decisionId, context: {}, candidates }));
        valueOf(await shop.worker.feedback({ decisionId, item: 'c' }));
        if (index % 10 === 9) valueOf(await shop.worker.checkpoint('shelf'));
        if (index >= 100) for (const { id } of order.slice(0, 2)) shown.set(id, (shown.get(id) ?? 0) + 1);
      }
      return (shown.get('c') ?? 0) / 400;
    };
    expect(await shares(shelf)).toBeGreaterThan(0.4);
    expect(await shares({ ...shelf, guard: { itemShare: 0.3 } })).toBeLessThan(0.32);
  });
});

it('a comparison that is damaged in storage begins anew, and is reported', async () => {
  const store = new MemoryStore();
  await store.putSetting(`comparison/${modelKeyOf(shelf)}`, { countedToMs: 'x' });
  const { worker, started } = await startNodeWorker({ store, tasks: [shelf] });
  expect(valueOf(started).refused).toEqual({});
  valueOf(await worker.versions('shelf'));
  const { errors } = valueOf(await worker.status());
  expect(errors).toMatchObject([{ code: 'INVALID_DATA' }]);
});
