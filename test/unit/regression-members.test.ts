import { describe, expect, it } from 'vitest';
import type { PartState } from '../../src/core/part-state.ts';
import { Rng } from '../../src/core/rng.ts';
import type { OnlineRegressor } from '../../src/learners/online-model.ts';
import { AdaptiveLinearRegressor } from '../../src/learners/regression/adaptive-linear-regressor.ts';
import { RunningMeanRegressor } from '../../src/learners/regression/baseline-regressors.ts';
import { defaultRegressorMembers } from '../../src/learners/regression/default-members.ts';
import { FourierRegressor } from '../../src/learners/regression/fourier-regressor.ts';
import { LeastSquaresRegressor } from '../../src/learners/regression/least-squares-regressor.ts';
import { NeighboursRegressor } from '../../src/learners/regression/neighbours-regressor.ts';
import { RegressionEnsemble } from '../../src/learners/regression/regression-ensemble.ts';
import { WindowForestRegressor } from '../../src/learners/regression/window-forest-regressor.ts';
import { expectCode } from '../support/expect-code.ts';
import { gaussians, rowOf, shapeOf } from './regression-fixture.ts';

const shape = shapeOf(3, 16);
const models: Record<string, () => OnlineRegressor> = {
  mean: () => new RunningMeanRegressor(),
  last: () => new RunningMeanRegressor(1),
  linear: () => new AdaptiveLinearRegressor(shape, { learningRate: 0.5 }),
  'least squares': () => new LeastSquaresRegressor(shape, { forgetting: 0.999 }),
  'lagged least squares': () => new LeastSquaresRegressor(shape, { forgetting: 0.99, lagged: true }),
  neighbours: () => new NeighboursRegressor(shape, { window: 120 }),
  fourier: () => new FourierRegressor(shape, 5, { forgetting: 0.998, lagged: true }),
  forest: () => new WindowForestRegressor(shape, 5, { window: 150, lagged: true }),
  ensemble: () => new RegressionEnsemble(defaultRegressorMembers(shape, 5)),
};
/** Those that read the input. */
const readers = Object.entries(models).filter(([name]) => name !== 'mean' && name !== 'last');

const example = (rng: Rng, unit = 1) => {
  const inputs = gaussians(3, rng).map((value) => (rng.nextFloat() < 0.05 ? null : value));
  const [a, b, c] = inputs.map((value) => value ?? 0) as [number, number, number];
  const group = rng.nextInt(3);
  const row = rowOf(inputs, [group, group + 5], [1, 1]);
  return { row, target: unit * (40 + 3 * a - 2 * b + (group === 1 ? 4 : 0) + 0.5 * c + 0.3 * rng.nextGaussian()) };
};

function learn(model: OnlineRegressor, count: number, rng: Rng, unit = 1): number {
  let late = 0;
  for (let i = 0; i < count; i++) {
    const { row, target } = example(rng, unit);
    if (i >= count - 100) late += Math.abs(model.predictOne(row) - target) / 100;
    model.learnOne(row, target, 1);
  }
  return late;
}

const probes = (model: OnlineRegressor) => {
  const rng = Rng.fromSeed(99);
  return Array.from({ length: 10 }, () => model.predictOne(example(rng).row));
};

describe.each(Object.entries(models))('%s', (_, make) => {
  it('is finite before it has learned, and predicting changes nothing', () => {
    const model = make();
    expect(probes(model).every(Number.isFinite)).toBe(true);
    learn(model, 60, Rng.fromSeed(1));
    const before = model.state();
    const first = probes(model);
    expect(probes(model)).toEqual(first);
    expect(model.state()).toEqual(before);
  });

  it('continues a restored state bit for bit', () => {
    const [one, other] = [make(), make()];
    learn(one, 300, Rng.fromSeed(2));
    other.restore(structuredClone(one.state()));
    learn(one, 100, Rng.fromSeed(3));
    learn(other, 100, Rng.fromSeed(3));
    expect(other.state()).toEqual(one.state());
    expect(probes(other)).toEqual(probes(one));
  });

  it('gives a copy as its state', () => {
    const model = make();
    learn(model, 50, Rng.fromSeed(2));
    const state = model.state();
    const copy = structuredClone(state);
    learn(model, 50, Rng.fromSeed(3));
    expect(state).toEqual(copy);
    expect(model.state()).not.toEqual(copy);
  });

  it('learns nothing from weight 0', () => {
    const model = make();
    learn(model, 50, Rng.fromSeed(2));
    const before = model.state();
    model.learnOne(rowOf([1, 2, 3]), 1e6, 0);
    expect(model.state()).toEqual(before);
  });

  it('refuses a damaged state', { timeout: 30_000 }, async () => {
    const model = make();
    learn(model, 50, Rng.fromSeed(2));
    const state = model.state();
    const [name, tensor] = Object.entries(state.tensors)[0]!;
    const target = make();
    const damaged = (tensors: PartState['tensors']) => () => target.restore({ ...state, tensors });
    await expectCode(damaged({}), 'CHECKPOINT_CORRUPT');
    await expectCode(damaged({ ...state.tensors, [name]: tensor.slice(1) }), 'CHECKPOINT_CORRUPT');
    await expectCode(damaged({ ...state.tensors, [name]: new Uint8Array(tensor.length) }), 'CHECKPOINT_CORRUPT');
    for (const [other, values] of Object.entries(state.tensors)) {
      if (!(values instanceof Float64Array || values instanceof Float32Array)) continue;
      const wrong = values.slice();
      wrong[0] = NaN;
      await expectCode(damaged({ ...state.tensors, [other]: wrong }), 'CHECKPOINT_CORRUPT');
    }
  });

  it('stays finite on targets and inputs that are extreme or constant', () => {
    const model = make();
    const rng = Rng.fromSeed(4);
    for (let i = 0; i < 200; i++) model.learnOne(rowOf([0, 0, 0]), 7, 1);
    expect(model.predictOne(rowOf([0, 0, 0]))).toBeCloseTo(7, 1);
    for (const size of [1e-200, 1e9, 1e-9, 1e30]) {
      for (let i = 0; i < 20; i++) model.learnOne(rowOf([5, -5, null], [3], [1e3]), size * rng.nextGaussian(), 1);
    }
    expect(probes(model).every(Number.isFinite)).toBe(true);
  });
});

describe.each(readers)('%s', (_, make) => {
  it('beats the mean by far, whatever the unit of the target', { timeout: 30_000 }, () => {
    for (const unit of [1, 1e-6, 1e7]) {
      const error = learn(make(), 800, Rng.fromSeed(6), unit) / unit;
      const mean = learn(new RunningMeanRegressor(), 800, Rng.fromSeed(6), unit) / unit;
      expect(error).toBeLessThan(0.65 * mean);
    }
  });
});

describe('robustness', () => {
  const error = (make: () => OnlineRegressor, wild: number) => {
    const model = make();
    const rng = Rng.fromSeed(8);
    let sum = 0;
    for (let i = 0; i < 1500; i++) {
      const { row, target } = example(rng);
      if (i >= 1000) sum += Math.abs(model.predictOne(row) - target) / 500;
      model.learnOne(row, rng.nextFloat() < wild ? 1000 * rng.nextFloat() : target, 1);
    }
    return sum;
  };

  it('hardly minds that a tenth of the targets is wild', { timeout: 30_000 }, () => {
    for (const name of ['linear', 'ensemble']) {
      expect(error(models[name]!, 0.1), name).toBeLessThan(error(models[name]!, 0) + 1);
    }
    expect(error(models.mean!, 0.1)).toBeGreaterThan(20);
  });

  it('finds its way back after every target has moved', { timeout: 30_000 }, () => {
    const after = (make: () => OnlineRegressor) => {
      const model = make();
      const rng = Rng.fromSeed(9);
      let late = 0;
      for (let i = 0; i < 1600; i++) {
        const { row, target } = example(rng);
        const moved = i < 800 ? target : 500 - 4 * target;
        if (i >= 1500) late += Math.abs(model.predictOne(row) - moved) / 100;
        model.learnOne(row, moved, 1);
      }
      return late;
    };
    // The move is by 300, and the standard deviation of what then comes about 15.
    for (const [name, make] of readers) expect(after(make), name).toBeLessThan(name === 'linear' ? 60 : 25);
    expect(after(models.ensemble!)).toBeLessThan(5);
  });
});

describe('WindowForestRegressor', () => {
  it('refuses trees that point backwards or outside', async () => {
    const model = models.forest!();
    learn(model, 300, Rng.fromSeed(2));
    const state = model.state();
    const child = state.tensors['tree0/child'] as Int32Array<ArrayBuffer>;
    expect(child[0]).toBe(1);
    for (const target of [-1, 100_000]) {
      const wrong = child.slice();
      wrong[1] = target;
      const tensors = { ...state.tensors, 'tree0/child': wrong };
      await expectCode(() => models.forest!().restore({ ...state, tensors }), 'CHECKPOINT_CORRUPT');
    }
  });

  it('learns what is not linear', () => {
    const model = new WindowForestRegressor(shapeOf(2), 1);
    const rng = Rng.fromSeed(1);
    let [error, size] = [0, 0];
    for (let i = 0; i < 1500; i++) {
      const [a, b] = gaussians(2, rng) as [number, number];
      const target = a * b > 0 ? 1 : -1;
      if (i >= 1000) error += Math.abs(model.predictOne(rowOf([a, b])) - target);
      if (i >= 1000) size += 1;
      model.learnOne(rowOf([a, b]), target, 1);
    }
    expect(error / size).toBeLessThan(0.5);
  });
});

describe('seeds', () => {
  it('give the same bits again, and other bits for another seed', () => {
    const run = (seed: number) => {
      const model = new RegressionEnsemble(defaultRegressorMembers(shape, seed));
      learn(model, 200, Rng.fromSeed(1));
      return probes(model);
    };
    expect(run(1)).toEqual(run(1));
    expect(run(1)).not.toEqual(run(2));
  });
});
