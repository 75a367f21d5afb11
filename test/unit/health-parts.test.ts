import { describe, expect, test } from 'vitest';
import { Rng } from '../../src/core/rng.ts';
import type { RankingTask, TaskDeclaration } from '../../src/core/task.ts';
import { parseTask } from '../../src/learners/task-schema.ts';
import type { DecisionRecord, StoredExperience } from '../../src/memory/records.ts';
import type { AlertEvent } from '../../src/monitor/alerts/alert.ts';
import { DecisionTally } from '../../src/runtime/health/decision-tally.ts';
import { ErrorWatch } from '../../src/runtime/health/error-watch.ts';
import { TaskHealth } from '../../src/runtime/health/task-health.ts';
import type { Judgement } from '../../src/versions/judgement.ts';
import { emptyLineage, type Move } from '../../src/versions/lineage.ts';

const list: RankingTask = {
  id: 'list',
  kind: 'ranking',
  schema: { context: { device: 'categorical' }, candidate: { topic: 'categorical' } },
  monitor: { segments: ['device'] },
};
const DAY_MS = 86_400_000;
const clock = { nowMs: () => DAY_MS };

function healthOf(task: TaskDeclaration, nowMs = clock.nowMs): { health: TaskHealth; told: AlertEvent[] } {
  const told: AlertEvent[] = [];
  const parts = { clock: { nowMs }, longestWindowMs: () => 1_000, exposure: () => null };
  const health = new TaskHealth({ ...parts, task: parseTask(task), emit: (event) => told.push(event) });
  return { health, told };
}
const sources = { exposure: null, uplift: null, lineage: emptyLineage };

function seen(position: number, decisionId: string, reward: number, slot = 0, device = 'phone'): StoredExperience {
  const about = { context: { device }, candidateId: 'a', candidate: { topic: 'css' } };
  const payload = { kind: 'ranking', ...about, reward, propensity: 1, slot, weight: 1 } as const;
  const record = { experienceId: `${position}`, decisionId, modelKey: 'list@1', observedAtMs: 0, position };
  return { ...record, payload };
}
function ranked(decisionId: string, atMs = 0): DecisionRecord {
  const about = {
    decisionId,
    taskId: 'list',
    modelKey: 'list@1',
    decidedAtMs: atMs,
    seed: 1,
    servedBy: 'model',
  } as const;
  const model = { modelVersion: null, learnedTo: 0 };
  const payload = { kind: 'ranking', context: { device: 'phone' }, candidateKeys: ['h:a'], propensities: [1] } as const;
  return { ...about, model, payload: { ...payload, candidateKeys: ['h:a'], propensities: [1], scores: [0.5] } };
}
const bout = (judgement: Judgement, loss: number) => ({
  champion: { judgement, loss },
  challenger: { judgement, loss },
});
const rewarded = (actual: number, predicted = 0.5) => bout({ kind: 'ranking', actual, predicted }, 0.5);

describe('a ranking', () => {
  test('counts what comes of one decision as one, and those that nothing is heard of', () => {
    let nowMs = 0;
    const { health } = healthOf(list, () => nowMs);
    for (const id of ['first', 'second', 'silent']) health.decided(ranked(id));
    health.judged(seen(1, 'first', 1, 2), rewarded(1), null);
    health.judged(seen(2, 'first', 0, 0), rewarded(0), null);
    health.judged(seen(3, 'second', 0, 0), rewarded(0), null);
    nowMs = 5_000;
    // What nobody has heard of is found at a look: there is one every fifty things that are told.
    for (let i = 0; i < 50; i++) health.answered(`other ${i}`, { ok: true, value: {} }, { durationMs: 1, waiting: 0 });
    const { outcome } = health.report(sources);
    if (outcome?.kind !== 'ranking') throw new Error('no ranking');
    expect(outcome.all.total).toMatchObject({
      count: 3,
      withoutFeedback: 1 / 3,
      reward: 0.5,
      clickRate: 0.5,
      meanPlace: 2,
    });
    expect(outcome.versions[0]?.segments).toMatchObject([
      { segment: 'device=phone', outcome: { total: { count: 2 } } },
    ]);
  });

  test('is told of versions and reviews by alerts', () => {
    const { health, told } = healthOf(list);
    const move: Move = { kind: 'rolled-back', to: 'a', from: 'b', position: 90, atMs: 0, by: 'tendril', why: 'worse' };
    const champion = { digest: 'a', trainedTo: 40, learned: 40, judged: 0, modelVersion: null };
    health.refused({ passed: false, checks: [] });
    health.reviewsWaiting(3);
    health.moved(move, { champion });
    health.reviewsWaiting(0);
    health.moved({ ...move, kind: 'promoted' }, { champion });
    expect(told.map(({ kind, alert: { code, value } }) => [kind, code, value])).toEqual([
      ['raised', 'PROMOTION_REFUSED', 0],
      ['raised', 'REVIEW_WAITING', 3],
      ['cleared', 'PROMOTION_REFUSED', 0],
      ['raised', 'ROLLED_BACK', 40],
      ['cleared', 'REVIEW_WAITING', 3],
      ['cleared', 'ROLLED_BACK', 40],
    ]);
  });
});

describe('a state', () => {
  /** The same things, told one after another. */
  const tell = (health: TaskHealth, from: number, to: number) => {
    for (let i = from; i < to; i++) {
      const rng = Rng.fromSeed(i);
      const device = ['phone', 'desk'][rng.nextInt(2)]!;
      health.decided(ranked(`decision ${i}`));
      health.answered(`decision ${i}`, { ok: true, value: {} }, { durationMs: rng.nextFloat() * 9, waiting: 0 });
      const reward = rng.nextInt(2);
      health.judged(seen(i + 1, `decision ${i}`, reward, 0, device), rewarded(reward, rng.nextFloat()), null);
      health.learned(rng.nextFloat());
    }
  };

  test('goes on to the same bits', () => {
    const [whole, first, second] = [healthOf(list).health, healthOf(list).health, healthOf(list).health];
    tell(whole, 0, 700);
    tell(first, 0, 350);
    // A moment passes between the two: what is not settled yet is not kept.
    expect(second.restore(JSON.parse(JSON.stringify(first.state())))).toBe(true);
    tell(second, 350, 700);
    const { operation, ...rest } = whole.report(sources);
    const { operation: resumed, ...others } = second.report(sources);
    expect(others).toEqual(rest);
    expect(resumed.prediction).toEqual(operation.prediction);
  });

  test('of other settings is not gone on from', () => {
    const { health } = healthOf({ ...list, monitor: { halfLife: 10 } });
    expect(health.restore(healthOf(list).health.state())).toBe(false);
  });

  test('stays below 200 kB, whatever is told', () => {
    const rng = Rng.fromSeed(1);
    const kinds = ['numeric', 'categorical', 'text', 'multi-hot'] as const;
    const names = Array.from({ length: 40 }, (_, i) => `a feature ${i}`);
    const input = Object.fromEntries(names.map((name, i) => [name, kinds[i % 4]!]));
    const segments = names.filter((_, i) => i % 4 === 1).slice(0, 4);
    const { health } = healthOf({
      id: 'wide',
      kind: 'classification',
      schema: { input },
      monitor: { segments, window: 300 },
    });
    const values = () => {
      const words = () => Array.from({ length: 6 }, () => `word${rng.nextInt(500)}`);
      const one = [() => rng.nextGaussian(), () => `category ${rng.nextInt(99)}`, () => words().join(' '), words];
      return Object.fromEntries(names.map((name, i) => [name, one[i % 4]!()]));
    };
    for (let i = 0; i < 1_200; i++) {
      const given = Array.from({ length: 30 }, () => rng.nextFloat());
      const sum = given.reduce((a, b) => a + b, 0);
      const probabilities = Object.fromEntries(given.map((p, k) => [`a class with a long name ${k}`, p / sum]));
      const label = `a class with a long name ${rng.nextInt(30)}`;
      const features = values();
      const payload = { kind: 'classification', input: features, probabilities } as const;
      health.decided({ ...ranked(`some-uuid-with-36-characters-${i}`), payload });
      const learned = { kind: 'classification', input: features, label, weight: 1 } as const;
      const trainedTo = Math.floor(i / 100);
      const champion = { digest: 'a', trainedTo, learned: trainedTo, judged: 0, modelVersion: null };
      const judgement: Judgement = { kind: 'classification', actual: label, probabilities };
      health.judged({ ...seen(i + 1, 'another', 0), payload: learned }, bout(judgement, rng.nextFloat()), champion);
    }
    expect(JSON.stringify(health.state()).length).toBeLessThan(200_000);
  });
});

test('losses that grow are a drift until they are back', () => {
  const rng = Rng.fromSeed(3);
  const watch = new ErrorWatch();
  const feed = (count: number, mean: number) => {
    let found = 0;
    for (let i = 0; i < count; i++) found += Number(watch.update(Number(rng.nextFloat() < mean), 7));
    return found;
  };
  expect(feed(400, 0.1)).toBe(0);
  expect(watch.report()).toMatchObject({ status: 'stable', change: null });
  expect(feed(200, 0.6)).toBe(1);
  const { status, change } = watch.report();
  expect(status).toBe('drift');
  expect(change?.atMs).toBe(7);
  expect(change?.before).toBeCloseTo(0.1, 1);
  const resumed = new ErrorWatch();
  resumed.restore(JSON.parse(JSON.stringify(watch.state())));
  expect(resumed.report()).toEqual(watch.report());
  feed(200, 0.1);
  expect(watch.report()).toMatchObject({ status: 'stable', change: null });
});

test('a decision is the page’s own where that is said in time, before or after', () => {
  const counted: (string | null)[] = [];
  const tally = new DecisionTally((reason) => counted.push(reason));
  tally.hostServed('early');
  for (const id of ['early', 'late', 'model']) tally.answered(id, null, 0);
  tally.answered('review', 'REVIEW', 0);
  tally.hostServed('late');
  tally.settle(1_000);
  expect(counted).toEqual([]);
  tally.settle(2_000);
  expect(counted).toEqual(['HOST_SERVED', 'HOST_SERVED', null, 'REVIEW']);
});
