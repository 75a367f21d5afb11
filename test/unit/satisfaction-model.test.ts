import { describe, expect, test } from 'vitest';
import { Rng } from '../../src/core/rng.ts';
import { RewardFormula } from '../../src/feedback/reward-formula.ts';
import { rerank } from '../../src/learners/rerank.ts';
import { SatisfactionModel } from '../../src/learners/satisfaction-model.ts';
import { EpsilonGreedy } from '../../src/policies/epsilon-greedy.ts';
import { expectCode } from '../support/expect-code.ts';
import { rankCorrelation, visit, visitSignals, type Taste } from './satisfaction-visitors.ts';

const byClick = new RewardFormula({
  terms: [
    { signal: 'click', weight: 0.5 },
    { signal: 'dwell', transform: { type: 'saturating', half: 30 }, weight: 0.5 },
  ],
});
const byReading = new RewardFormula({
  terms: [
    { signal: 'scroll', weight: 0.8 },
    { signal: 'copies', transform: { type: 'log' }, weight: 0.3 },
    { signal: 'returns', weight: -0.5 },
  ],
});
const byDwell = new RewardFormula({
  terms: [{ signal: 'dwell', transform: { type: 'saturating', half: 20 }, weight: 1 }],
});

function learned(formula: RewardFormula, taste: Taste, labels: number, rng: Rng): SatisfactionModel {
  const model = new SatisfactionModel({ signals: visitSignals, formula });
  for (let i = 0; i < labels; i++) {
    const { signals, thumb } = visit(rng, taste);
    model.learnOne(signals, thumb);
  }
  return model;
}

/** Rank correlation with true satisfaction over visits that were not learned, of the formula and of what the model answers. */
function judged(model: SatisfactionModel, taste: Taste, rng: Rng) {
  const visits = Array.from({ length: 800 }, () => visit(rng, taste));
  const estimates = visits.map(({ signals }) => model.predictOne(signals));
  const truth = visits.map(({ satisfaction }) => satisfaction);
  const gap = estimates.reduce((sum, { learned: p }, i) => sum + p - truth[i]!, 0) / visits.length;
  return {
    formula: rankCorrelation(
      estimates.map((one) => one.formula),
      truth,
    ),
    used: rankCorrelation(
      estimates.map((one) => one.reward),
      truth,
    ),
    source: estimates[0]?.source,
    gap,
  };
}

describe('on simulated visitors', () => {
  test('a formula that is wrong is beaten after 300 labels, on every seed, and the signals that matter are found', () => {
    for (let seed = 1; seed <= 8; seed++) {
      const rng = Rng.fromSeed(seed);
      const model = learned(byClick, 'reads', 300, rng);
      const { formula, used, source, gap } = judged(model, 'reads', rng);
      expect(source).toBe('learned');
      expect(used).toBeGreaterThan(formula + 0.5);
      expect(Math.abs(gap)).toBeLessThan(0.1);
      const { signals } = model.explain();
      expect(signals['scroll']).toBeGreaterThan(Math.abs(signals['click']!) + 0.2);
      expect(signals['copies']).toBeGreaterThan(0);
      expect(signals['returns']).toBeLessThan(0);
    }
  });

  test.each([
    ['reads', byReading],
    ['dwells', byDwell],
  ] as const)('a formula that is right for one who %s is not made worse by more than noise', (taste, formula) => {
    for (const labels of [60, 120, 300]) {
      const differences = Array.from({ length: 8 }, (_, seed) => {
        const rng = Rng.fromSeed(100 * seed + labels);
        const { formula: declared, used } = judged(learned(formula, taste, labels, rng), taste, rng);
        return used - declared;
      });
      expect(Math.min(...differences)).toBeGreaterThan(-0.12);
      expect(differences.reduce((a, b) => a + b) / 8).toBeGreaterThan(-0.02);
    }
  });

  test('the formula stands until there are enough labels', () => {
    const rng = Rng.fromSeed(5);
    const model = new SatisfactionModel({ signals: visitSignals, formula: byClick, minLabels: 80 });
    for (let i = 0; i < 79; i++) {
      const { signals, thumb } = visit(rng, 'reads');
      const estimate = model.predictOne(signals);
      expect(estimate).toMatchObject({ source: 'formula', reward: byClick.reward(signals), labels: i });
      model.learnOne(signals, thumb);
    }
  });

  test('in use, it gives way to the formula as soon as it orders labels worse', () => {
    const rng = Rng.fromSeed(9);
    const { tensors, values } = learned(byReading, 'reads', 60, rng).state();
    const model = new SatisfactionModel({ signals: visitSignals, formula: byReading });
    model.restore({ tensors, values: { ...values, inUse: true } });
    const { signals, thumb } = visit(rng, 'reads');
    expect(model.predictOne(signals).source).toBe('learned');
    model.learnOne(signals, thumb);
    expect(model.predictOne(signals).source).toBe('formula');
  });

  test('more labels make it surer', () => {
    const error = (labels: number) => {
      const rng = Rng.fromSeed(2);
      const model = learned(byReading, 'reads', labels, rng);
      return model.predictOne({ dwell: 20, scroll: 0.5, click: 0, copies: 0, returns: 0 }).standardError;
    };
    expect(error(20)).toBeLessThan(error(2));
    expect(error(500)).toBeLessThan(0.4 * error(20));
  });
});

describe('version and state', () => {
  test('the version names the formula and what was learned', () => {
    const a = learned(byClick, 'reads', 10, Rng.fromSeed(1));
    expect(a.rewardVersion).toMatch(new RegExp(`^${byClick.formulaVersion}\\.10\\.[0-9a-f]{8}$`));
    expect(learned(byClick, 'reads', 10, Rng.fromSeed(1)).rewardVersion).toBe(a.rewardVersion);
    expect(learned(byClick, 'reads', 10, Rng.fromSeed(2)).rewardVersion).not.toBe(a.rewardVersion);
    const before = a.rewardVersion;
    a.observe({ dwell: 3 });
    expect(a.rewardVersion).not.toBe(before);
  });

  test('a restored model goes on with the same bits', () => {
    const visits = Array.from({ length: 120 }, (_, i) => visit(Rng.fromSeed(i), 'reads'));
    const whole = new SatisfactionModel({ signals: visitSignals, formula: byClick });
    const first = new SatisfactionModel({ signals: visitSignals, formula: byClick });
    for (const { signals, thumb } of visits) whole.learnOne(signals, thumb);
    for (const { signals, thumb } of visits.slice(0, 70)) first.learnOne(signals, thumb);
    const second = new SatisfactionModel({ signals: [...visitSignals].reverse(), formula: byClick });
    second.restore(structuredClone(first.state()));
    for (const { signals, thumb } of visits.slice(70)) second.learnOne(signals, thumb);
    expect(second.state()).toEqual(whole.state());
    expect(second.predictOne(visits[0]!.signals)).toEqual(whole.predictOne(visits[0]!.signals));
    expect(second.rewardVersion).toBe(whole.rewardVersion);
  });

  test('states that do not fit are refused', async () => {
    const fresh = () => new SatisfactionModel({ signals: visitSignals, formula: byClick });
    const { tensors, values } = fresh().state();
    for (const name of Object.keys(tensors)) {
      const short = { values, tensors: { ...tensors, [name]: new Float64Array(1) } };
      const notFinite = { values, tensors: { ...tensors, [name]: new Float64Array(tensors[name]!.length).fill(NaN) } };
      await expectCode(() => fresh().restore(short), 'CHECKPOINT_CORRUPT');
      await expectCode(() => fresh().restore(notFinite), 'CHECKPOINT_CORRUPT');
    }
    await expectCode(() => fresh().restore({ tensors, values: { ...values, labels: -1 } }), 'CHECKPOINT_CORRUPT');
    await expectCode(() => fresh().restore({ tensors, values: { ...values, inUse: 'yes' } }), 'CHECKPOINT_CORRUPT');
    const negative = (tensors['moments'] as Float64Array<ArrayBuffer>).map(() => -1);
    await expectCode(
      () => fresh().restore({ values, tensors: { ...tensors, moments: negative } }),
      'CHECKPOINT_CORRUPT',
    );
    const other = new SatisfactionModel({ signals: visitSignals, formula: byDwell });
    await expectCode(() => other.restore({ tensors, values }), 'CHECKPOINT_INCOMPATIBLE');
    const fewer = new SatisfactionModel({ signals: ['dwell'], formula: byClick });
    await expectCode(() => fewer.restore({ tensors, values }), 'CHECKPOINT_INCOMPATIBLE');
  });
});

test('bad options and labels are refused and change nothing', async () => {
  await expectCode(() => new SatisfactionModel({ signals: [], formula: byClick }), 'INVALID_CONFIG');
  await expectCode(() => new SatisfactionModel({ signals: ['a', 'a'], formula: byClick }), 'INVALID_CONFIG');
  await expectCode(() => new SatisfactionModel({ signals: ['a'], formula: byClick, minLabels: 0 }), 'INVALID_CONFIG');
  const model = new SatisfactionModel({ signals: ['a'], formula: byClick });
  const before = model.state();
  await expectCode(() => model.learnOne({ a: 1 }, 1.1), 'INVALID_FEEDBACK');
  await expectCode(() => model.learnOne({ a: 1 }, NaN), 'INVALID_FEEDBACK');
  await expectCode(() => model.learnOne({ a: 1 }, 1, 0), 'INVALID_FEEDBACK');
  expect(model.state()).toEqual(before);
});

test('signals that are huge, missing or not finite leave every number finite', () => {
  const model = new SatisfactionModel({ signals: ['a', 'b'], formula: byClick });
  for (let i = 0; i < 200; i++) {
    model.learnOne({ a: i % 3 === 0 ? 1e300 : NaN, b: i % 5 === 0 ? null : -1e-300 * i, c: 4 }, i % 2);
  }
  const { reward, learned: probability, standardError } = model.predictOne({ a: Infinity, b: 1e308 });
  for (const number of [reward, probability, standardError]) expect(number).toSatisfy(Number.isFinite);
  for (const tensor of Object.values(model.state().tensors))
    expect(tensor.every((one) => Number.isFinite(one))).toBe(true);
});

describe('rerank', () => {
  const scores = Float64Array.of(0.5, 0.4, 0.3);
  const satisfaction = Float64Array.of(0.1, NaN, 0.9);

  test('moves scores towards predicted satisfaction, and leaves what has no prediction', () => {
    expect([...rerank(scores, satisfaction, 0)]).toEqual([0.5, 0.4, 0.3]);
    expect([...rerank(scores, satisfaction, 1)]).toEqual([0.1, 0.4, 0.9]);
    const half = rerank(scores, satisfaction, 0.5);
    [0.3, 0.4, 0.6].forEach((score, index) => expect(half[index]).toBeCloseTo(score, 12));
    expect([...scores]).toEqual([0.5, 0.4, 0.3]);
  });

  test('before the policy chooses, its propensities are those of the orders that come out', () => {
    const policy = new EpsilonGreedy({ epsilon: 0.3, slots: 1 });
    const rng = Rng.fromSeed(1);
    const draws = 20_000;
    const counts = [0, 0, 0];
    const claimed = [0, 0, 0];
    for (let i = 0; i < draws; i++) {
      const { order, propensities } = policy.choose(rerank(scores, satisfaction, 0.5), rng);
      counts[order[0]!]!++;
      claimed[order[0]!] = propensities[0]!;
    }
    expect(counts.indexOf(Math.max(...counts))).toBe(2);
    counts.forEach((count, item) => expect(Math.abs(count / draws - claimed[item]!)).toBeLessThan(0.01));
  });

  test('refuses a wrong strength and lengths that differ', async () => {
    await expectCode(() => rerank(scores, satisfaction, 1.5), 'INVALID_CONFIG');
    await expectCode(() => rerank(scores, satisfaction, NaN), 'INVALID_CONFIG');
    await expectCode(() => rerank(scores, Float64Array.of(1), 0.5), 'INVALID_DATA');
  });
});
