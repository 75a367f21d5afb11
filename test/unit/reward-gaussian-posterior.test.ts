import { describe, expect, it } from 'vitest';
import { Rng } from '../../src/core/rng.ts';
import { GaussianPosterior } from '../../src/learners/reward/gaussian-posterior.ts';
import { SparseVector } from '../../src/learners/reward/sparse-vector.ts';
import { expectCode } from '../support/expect-code.ts';
import { gaussians, range } from './reward-fixtures.ts';

const SIZE = 6;
const FULL = 4;

function sparse(values: readonly number[]): SparseVector {
  const x = new SparseVector();
  // Not by rising place: the order must not matter.
  for (const place of [...range(values.length)].reverse()) if (values[place] !== 0) x.push(place, values[place]!);
  return x;
}

/** The same posterior as plain matrices: full over the first places, diagonal over the rest, one rank-one update and one mix at a time. */
class Reference {
  readonly covariance = range(SIZE).map((i) => range(SIZE).map((j): number => (i === j ? 4 : 0)));
  readonly mean = new Array<number>(SIZE).fill(0);

  apply(x: readonly number[]): number[] {
    return this.covariance.map((row) => row.reduce((sum, value, j) => sum + value * x[j]!, 0));
  }

  observe(x: readonly number[], precision: number, step: number): void {
    const applied = this.apply(x);
    const variance = applied.reduce((sum, value, i) => sum + value * x[i]!, 0);
    const shrink = precision / (1 + precision * variance);
    for (const i of range(SIZE)) {
      if (i < FULL || x[i] !== 0) this.mean[i]! += step * applied[i]!;
      for (const j of range(SIZE)) {
        if (i === j || (i < FULL && j < FULL)) this.covariance[i]![j]! -= shrink * applied[i]! * applied[j]!;
      }
    }
  }

  forget(kept: number): void {
    for (const i of range(SIZE)) {
      for (const j of range(SIZE)) {
        this.covariance[i]![j] = kept * this.covariance[i]![j]! + (i === j ? (1 - kept) * 4 : 0);
      }
    }
  }
}

const fresh = (): GaussianPosterior => new GaussianPosterior(FULL, FULL, new Float32Array(SIZE).fill(4));

function observe(posterior: GaussianPosterior, x: SparseVector, precision: number, step: number): void {
  const applied = new Float64Array(SIZE);
  posterior.applyCovariance(x, applied);
  posterior.observe(x, applied, x.dot(applied), precision, step);
}

describe('GaussianPosterior', () => {
  it('is the posterior of the plain formulas, forgetting included', () => {
    const [posterior, reference, rng] = [fresh(), new Reference(), Rng.fromSeed(1)];
    for (let round = 0; round < 200; round++) {
      const x = gaussians(SIZE, rng).map((value) => (rng.nextFloat() < 0.3 ? 0 : value));
      const step = rng.nextGaussian();
      observe(posterior, sparse(x), 0.7, step);
      reference.observe(x, 0.7, step);
      const kept = round % 50 === 49 ? 0.2 : 0.99;
      posterior.forget(kept);
      reference.forget(kept);
      const probe = gaussians(SIZE, rng);
      const expected = reference.apply(probe).reduce((sum, value, i) => sum + value * probe[i]!, 0);
      expect(posterior.varianceOf(sparse(probe)) / expected).toBeCloseTo(1, 3);
      const out = new Float64Array(SIZE);
      posterior.applyCovariance(sparse(probe), out);
      reference.apply(probe).forEach((value, i) => expect(out[i]).toBeCloseTo(value, 4));
    }
    reference.mean.forEach((value, i) => expect(posterior.mean[i]! / value).toBeCloseTo(1, 2));
  });

  it('returns to the prior where nothing is observed, and no further', () => {
    const posterior = fresh();
    const x = sparse([1, 0, 0, 0, 1, 0]);
    for (let round = 0; round < 20; round++) observe(posterior, x, 1, 0.1);
    expect(posterior.varianceAt(0)).toBeLessThan(3.5);
    for (let round = 0; round < 2000; round++) posterior.forget(0.99);
    expect(posterior.varianceAt(0)).toBeCloseTo(4, 4);
    expect(posterior.varianceAt(4)).toBeCloseTo(4, 4);
    expect(posterior.mean[0]).not.toBe(0);
  });

  it('continues exactly from a state', () => {
    const [posterior, rng] = [fresh(), Rng.fromSeed(3)];
    const turn = (target: GaussianPosterior, values: readonly number[]): void => {
      target.forget(0.97);
      observe(target, sparse(values), 0.5, 0.3);
    };
    for (let round = 0; round < 30; round++) turn(posterior, gaussians(SIZE, rng));
    const restored = fresh();
    restored.restore(posterior.state());
    for (let round = 0; round < 60; round++) {
      const values = gaussians(SIZE, rng);
      turn(posterior, values);
      turn(restored, values);
    }
    expect(restored.state()).toEqual(posterior.state());
  });

  it('refuses a state that is not one of its own', async () => {
    const good = fresh().state();
    const bad = [
      { ...good, values: { ...good.values, kept: 0 } },
      { ...good, values: { ...good.values, used: 9 } },
      { ...good, tensors: { ...good.tensors, mean: new Float64Array(3) } },
      { ...good, tensors: { ...good.tensors, mean: new Float32Array(SIZE) } },
      { ...good, tensors: { ...good.tensors, covariance: new Float32Array(10).fill(NaN) } },
      { ...good, tensors: { ...good.tensors, variance: new Float32Array(2).fill(-1) } },
      { ...good, tensors: {} },
    ];
    for (const state of bad) await expectCode(() => fresh().restore(state), 'CHECKPOINT_CORRUPT');
  });
});

describe('a prior with a mean of its own', () => {
  const values = [1, 0, 0.5, 0, 0, 2];
  const learned = (): GaussianPosterior => {
    const posterior = fresh();
    observe(posterior, sparse(values), 0.5, 0.7);
    return posterior;
  };
  const withPrior = (): GaussianPosterior => {
    const posterior = learned();
    posterior.becomePrior(new Float32Array(SIZE).fill(0.25));
    return posterior;
  };

  it('is what was known: its mean, and the variances that are given without any covariance', () => {
    const posterior = withPrior();
    expect(posterior.mean).toEqual(learned().mean);
    expect(posterior.varianceOf(sparse(values))).toBeCloseTo(0.25 * (1 + 0.25 + 4), 6);
  });

  it('is what the mean drifts to; without one it stays', () => {
    const [posterior, without] = [withPrior(), learned()];
    const prior = [...posterior.mean];
    observe(posterior, sparse([0, 1, 1, 0, 1, 0]), 0.5, -0.9);
    const before = [...posterior.mean];
    expect(before).not.toEqual(prior);
    posterior.drift(0.25);
    range(SIZE).forEach((i) => expect(posterior.mean[i]).toBeCloseTo(prior[i]! + 0.25 * (before[i]! - prior[i]!), 12));
    without.drift(0.25);
    expect([...without.mean]).toEqual(prior);
    expect([posterior.hasPriorMean, without.hasPriorMean]).toEqual([true, false]);
  });

  it('is kept in a state; one without it has none', async () => {
    const posterior = withPrior();
    observe(posterior, sparse([0, 1, 1, 0, 1, 0]), 0.5, -0.9);
    const restored = fresh();
    restored.restore(structuredClone(posterior.state()));
    for (const one of [posterior, restored]) {
      one.drift(0.5);
      one.forget(0.9);
    }
    expect(restored.state()).toEqual(posterior.state());
    const { tensors, values: others } = posterior.state();
    const bad = { values: others, tensors: { ...tensors, priorMean: new Float64Array(2) } };
    await expectCode(() => fresh().restore(bad), 'CHECKPOINT_CORRUPT');
    restored.restore(learned().state());
    expect(restored.hasPriorMean).toBe(false);
  });
});
