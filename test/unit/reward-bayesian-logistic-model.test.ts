import { describe, expect, it } from 'vitest';
import { Rng } from '../../src/core/rng.ts';
import { BayesianLogisticModel } from '../../src/learners/reward/bayesian-logistic-model.ts';
import { joinFeatures, RandomFeatures } from '../../src/learners/reward/hidden-features.ts';
import { sigmoid } from '../../src/learners/reward/logistic-step.ts';
import { expectCode } from '../support/expect-code.ts';
import { gaussians, range, rowOf } from './reward-fixtures.ts';

const shape = { rawSize: 3, denseSize: 3, hashSize: 64 };
const open = (options = {}): BayesianLogisticModel => new BayesianLogisticModel(shape, options);
const WEIGHTS = [1.5, -1, 0.5];
const chanceOf = (x: readonly number[]): number =>
  sigmoid(x.reduce((sum, value, i) => sum + value * WEIGHTS[i]!, -0.5));

function learnStream(model: BayesianLogisticModel, count: number, rng: Rng, flip = false): void {
  for (let round = 0; round < count; round++) {
    const x = gaussians(3, rng);
    const chance = flip ? 1 - chanceOf(x) : chanceOf(x);
    model.learnOne(rowOf(x, [rng.nextInt(5)]), rng.nextFloat() < chance ? 1 : 0, 1);
  }
}

/** Mean absolute error of the expected rewards. */
function errorOf(model: BayesianLogisticModel, flip = false): number {
  const rng = Rng.fromSeed(99);
  const inputs = range(200).map(() => gaussians(3, rng));
  const { means } = model.predict(inputs.map((x, index) => rowOf(x, [index % 5])));
  const errors = inputs.map((x, index) => Math.abs(means[index]! - (flip ? 1 - chanceOf(x) : chanceOf(x))));
  return errors.reduce((sum, error) => sum + error, 0) / errors.length;
}

describe('BayesianLogisticModel', () => {
  it('expects one half of everything at first, and says that it does not know', () => {
    const { means, scores, deviations } = open().predict([rowOf([1, 0, 0]), rowOf([0, 1, 0], [3])]);
    expect([...means]).toEqual([0.5, 0.5]);
    expect([...scores]).toEqual([0, 0]);
    expect(Math.min(...deviations)).toBeGreaterThan(1);
  });

  it('learns rewards, and becomes surer', () => {
    const model = open();
    const before = model.predict([rowOf([1, 0, 0]), rowOf([0, 1, 0])]).deviations;
    learnStream(model, 3000, Rng.fromSeed(1));
    expect(errorOf(model)).toBeLessThan(0.05);
    const after = model.predict([rowOf([1, 0, 0]), rowOf([0, 1, 0])]).deviations;
    expect(after[0]!).toBeLessThan(before[0]! / 4);
    expect(model.changes).toBe(0);
  });

  it('leaves out of the deviations what all candidates share', () => {
    const model = open();
    const wide = model.predict([rowOf([1, 0, 0], [1, 2]), rowOf([0, 1, 0], [1, 2])]).deviations;
    const narrow = model.predict([rowOf([1, 0, 0]), rowOf([0, 1, 0])]).deviations;
    expect(wide[0]).toBeCloseTo(narrow[0]!, 6);
  });

  it('gives two candidates deviations whose draws differ as the joint posterior says', () => {
    const model = open();
    learnStream(model, 50, Rng.fromSeed(2));
    const [a, b] = [rowOf([1, 0, 0]), rowOf([1, 1, 0])];
    const { deviations } = model.predict([a, b]);
    // The two differ by one unit of the second feature alone, whose weight has this variance.
    const { tensors, values } = model.state();
    const q = (tensors['covariance'] as Float32Array)[5]!;
    const [kept, prior] = [values['kept'] as number, (tensors['priorVariance'] as Float32Array)[2]!];
    expect(deviations[0]! ** 2 + deviations[1]! ** 2).toBeCloseTo(kept * q + (1 - kept) * prior, 5);
  });

  it('follows a taste that turned over, at once where it finds the change', () => {
    const [watching, waiting] = [open(), open({ change: null })];
    for (const model of [watching, waiting]) {
      const rng = Rng.fromSeed(3);
      learnStream(model, 3000, rng);
      learnStream(model, 250, rng, true);
    }
    expect(watching.changes).toBeGreaterThan(0);
    expect(errorOf(watching, true)).toBeLessThan(0.15);
    expect(errorOf(watching, true)).toBeLessThan(0.6 * errorOf(waiting, true));
  });

  it('keeps learning hashed places that the full covariance has no room for', () => {
    const model = open({ fullSize: 6 });
    for (let round = 0; round < 200; round++) {
      for (const token of range(8)) model.learnOne(rowOf([0, 0, 0], [token]), token % 2, 1);
    }
    const { means } = model.predict(range(8).map((token) => rowOf([0, 0, 0], [token])));
    range(8).forEach((token) => expect(Math.abs(means[token]! - (token % 2))).toBeLessThan(0.25));
    expect(model.state().tensors['covariance']).toHaveLength(21);
  });

  it('tells tokens apart that share one of their two places', () => {
    const model = open();
    const [a, b] = [
      { indices: Int32Array.of(3, 7), reward: 1 },
      { indices: Int32Array.of(3, 9), reward: 0 },
    ];
    const row = (indices: Int32Array<ArrayBuffer>) => ({ ...rowOf([0, 0, 0]), indices, values: Float32Array.of(1, 1) });
    for (let round = 0; round < 50; round++) [a, b].forEach((one) => model.learnOne(row(one.indices), one.reward, 1));
    const own = model.predict([row(Int32Array.of(5, 7)), row(Int32Array.of(3, 11))]);
    // Neither the place that both tokens have nor the one of the first alone is known by itself.
    expect([...own.scores]).toEqual([own.scores[0], own.scores[0]]);
    const { means } = model.predict([row(a.indices), row(b.indices)]);
    expect(means[0]).toBeGreaterThan(0.9);
    expect(means[1]).toBeLessThan(0.1);
  });

  it('learns less of the context alone than of what is the candidate’s', () => {
    const [context, candidate] = [1, 0].map((count) => {
      const model = open();
      const row = { ...rowOf([0, 0, 0], [1]), contextPlaces: 2 * count };
      for (let round = 0; round < 20; round++) model.learnOne(row, 1, 1);
      return model.predict([row]).scores[0]! - model.predict([rowOf([0, 0, 0])]).scores[0]!;
    });
    expect(context).toBeGreaterThan(0);
    expect(candidate).toBeGreaterThan(4 * context!);
  });

  it('takes no surprise for a change where it was not sure', () => {
    const model = new BayesianLogisticModel({ rawSize: 0, denseSize: 0, hashSize: 512 });
    const learn = (token: number, reward: number): void => {
      const indices = Int32Array.of(token, (17 * token + 3) % 512);
      const empty = new Float32Array();
      model.learnOne({ raw: empty, dense: empty, indices, values: Float32Array.of(1, 1) }, reward, 1);
    };
    range(200).forEach((round) => learn(round % 20, 1));
    // What is new is never rewarded, what is known still is.
    for (const round of range(30)) {
      learn(30 + round, 0);
      range(3).forEach((other) => learn((3 * round + other) % 20, 1));
    }
    expect(model.changes).toBe(0);
    for (let round = 0; round < 100 && model.changes === 0; round++) learn(round % 20, 0);
    expect(model.changes).toBe(1);
  });

  it('counts the experiences that it rests on, fewer after a change', () => {
    const model = open();
    const rows = [rowOf([0, 0, 0], [1])];
    for (let round = 0; round < 100; round++) model.learnOne(rows[0]!, 1, 1);
    const before = model.predict(rows).experiences!;
    expect(before).toBeGreaterThan(99);
    expect(before).toBeLessThan(100);
    for (let round = 0; model.changes === 0 && round < 100; round++) model.learnOne(rows[0]!, 0, 1);
    expect(model.changes).toBe(1);
    expect(model.predict(rows).experiences).toBeLessThan(20);
  });

  it('weighs experiences: weight 0 changes nothing, and more weight moves further', () => {
    const [none, half, one] = [0, 0.5, 1].map((weight) => {
      const model = open();
      model.learnOne(rowOf([1, 1, 1], [1]), 1, weight);
      return model.predict([rowOf([1, 1, 1], [1])]).means[0]!;
    });
    expect(none).toBe(0.5);
    expect(half).toBeGreaterThan(0.5);
    expect(one).toBeGreaterThan(half!);
  });

  it('does not change by predicting', () => {
    const model = open();
    learnStream(model, 20, Rng.fromSeed(4));
    const before = model.state();
    model.predict([rowOf([1, 2, 3], [1, 60])]);
    expect(model.state()).toEqual(before);
  });

  it('continues exactly from a state', () => {
    const model = open({ fullSize: 12 });
    const rng = Rng.fromSeed(5);
    learnStream(model, 200, rng);
    const restored = open({ fullSize: 12 });
    restored.restore(structuredClone(model.state()));
    for (const one of [model, restored]) learnStream(one, 200, Rng.fromSeed(6));
    expect(restored.state()).toEqual(model.state());
  });

  it('refuses a state that is damaged, and stays as it was', async () => {
    const model = open();
    learnStream(model, 50, Rng.fromSeed(7));
    const good = model.state();
    const tokens = good.tensors['tokens'] as Float64Array<ArrayBuffer>;
    const withTokens = (change: (copy: Float64Array<ArrayBuffer>) => void) => {
      const copy = tokens.slice();
      change(copy);
      return { ...good, tensors: { ...good.tensors, tokens: copy } };
    };
    const bad = [
      withTokens((copy) => copy.fill(copy[0]!)),
      withTokens((copy) => (copy[0] = 2 * shape.hashSize ** 2)),
      withTokens((copy) => (copy[0] = 0.5)),
      { ...good, tensors: { ...good.tensors, tokens: tokens.slice(1) } },
      { ...good, tensors: { ...good.tensors, mean: new Float64Array(2) } },
      { ...good, values: { ...good.values, experiences: 'many' } },
      { ...good, values: { ...good.values, detector: null } },
      { tensors: {}, values: {} },
    ];
    for (const state of bad) await expectCode(() => model.restore(state), 'CHECKPOINT_CORRUPT');
    expect(model.state()).toEqual(good);
  });
});

describe('a prior from the fleet', () => {
  const rng = Rng.fromSeed(8);
  const fleet = open();
  learnStream(fleet, 3000, rng);
  const visitor = (): BayesianLogisticModel =>
    new BayesianLogisticModel(shape, {}, { fleet: { state: fleet.state(), strength: 40 } });

  it('gives a visitor who resembles the fleet a better start', () => {
    const [informed, alone] = [visitor(), open()];
    expect(errorOf(informed)).toBe(errorOf(fleet));
    expect(errorOf(informed)).toBeLessThan(0.1);
    for (const model of [informed, alone]) learnStream(model, 10, Rng.fromSeed(9));
    expect(errorOf(informed)).toBeLessThan(0.75 * errorOf(alone));
  });

  it('is followed no longer than its strength by a visitor who differs', () => {
    const model = visitor();
    expect(errorOf(model, true)).toBeGreaterThan(0.3);
    learnStream(model, 150, Rng.fromSeed(10), true);
    expect(errorOf(model, true)).toBeLessThan(0.15);
  });

  it('is kept in a state, and come back to from there', () => {
    const learned = visitor();
    learnStream(learned, 150, Rng.fromSeed(10), true);
    const model = open();
    model.restore(structuredClone(learned.state()));
    expect(model.hasFleetPrior).toBe(true);
    const before = model.predict([rowOf([1, 0, 0])]);
    model.returnToFleet(0.01);
    expect(errorOf(model)).toBeLessThan(0.1);
    const after = model.predict([rowOf([1, 0, 0])]);
    expect(after.deviations[0]).toBeGreaterThan(before.deviations[0]!);
    expect(after.experiences).toBeLessThan(2);
  });

  it('is nothing to come back to where there is none', () => {
    const model = open();
    learnStream(model, 50, Rng.fromSeed(12));
    const before = model.state();
    model.returnToFleet(0.01);
    expect(model.state()).toEqual(before);
  });

  it('leaves a visitor less sure than the fleet is, and surer than without it', () => {
    const rows = [rowOf([1, 0, 0]), rowOf([0, 1, 0])];
    const deviation = (model: BayesianLogisticModel): number => model.predict(rows).deviations[0]!;
    expect(deviation(visitor())).toBeGreaterThan(2 * deviation(fleet));
    expect(deviation(visitor())).toBeLessThan(deviation(open()));
  });
});

describe('hidden features', () => {
  /** Rewarded where two numbers have the same sign: no linear model of them can tell. */
  function accuracy(model: BayesianLogisticModel): number {
    const rng = Rng.fromSeed(11);
    let right = 0;
    for (let round = 0; round < 1500; round++) {
      const x = gaussians(3, rng);
      const reward = x[0]! * x[1]! > 0 ? 1 : 0;
      const guess = model.predict([rowOf(x)]).means[0]! > 0.5 ? 1 : 0;
      if (round >= 500) right += guess === reward ? 1 : 0;
      model.learnOne(rowOf(x), reward, 1);
    }
    return right / 1000;
  }

  it('let the head tell what the row alone does not', () => {
    const hidden = joinFeatures([
      new RandomFeatures(shape, 96, 1),
      { size: 1, write: (row, out) => out.set([row.dense[2]! / 3]) },
    ]);
    expect(hidden.size).toBe(97);
    expect(accuracy(new BayesianLogisticModel(shape, {}, { hidden }))).toBeGreaterThan(0.85);
    expect(accuracy(open())).toBeLessThan(0.65);
  });

  it('are the same for the same seed, and of about unit length', () => {
    const row = rowOf([0.5, -1, 2], [3, 9]);
    const [a, b, c] = [1, 1, 2].map((seed) => {
      const out = new Float32Array(200);
      new RandomFeatures(shape, 200, seed).write(row, out);
      return out;
    });
    expect(a).toEqual(b);
    expect(a).not.toEqual(c);
    expect(a!.reduce((sum, value) => sum + value * value, 0)).toBeCloseTo(1, 0);
  });
});
