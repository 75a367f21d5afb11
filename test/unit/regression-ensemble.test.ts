import { describe, expect, it } from 'vitest';
import { Rng } from '../../src/core/rng.ts';
import { CompactInput } from '../../src/learners/regression/compact-input.ts';
import { ConformalIntervals } from '../../src/learners/regression/conformal-intervals.ts';
import { defaultRegressorMembers } from '../../src/learners/regression/default-members.ts';
import { OnlineCombination } from '../../src/learners/regression/online-combination.ts';
import { RecursiveLeastSquares } from '../../src/learners/regression/recursive-least-squares.ts';
import { RegressionEnsemble } from '../../src/learners/regression/regression-ensemble.ts';
import { RobustScale } from '../../src/learners/regression/robust-scale.ts';
import { expectCode } from '../support/expect-code.ts';
import { gaussians, rowOf, shapeOf } from './regression-fixture.ts';

describe('RecursiveLeastSquares', () => {
  it('is ridge regression where nothing is forgotten and nothing is wild', () => {
    const solver = new RecursiveLeastSquares(2, { forgetting: 1, ridge: 3, huber: Infinity });
    const rng = Rng.fromSeed(1);
    const [gram, moment] = [
      [3, 0, 3],
      [0, 0],
    ] as [[number, number, number], [number, number]];
    for (let i = 0; i < 40; i++) {
      const [a, b] = gaussians(2, rng) as [number, number];
      const target = 2 * a - b + rng.nextGaussian();
      solver.learn(Float64Array.of(a, b), target, 2);
      gram[0] += 2 * a * a;
      gram[1] += 2 * a * b;
      gram[2] += 2 * b * b;
      moment[0] += 2 * a * target;
      moment[1] += 2 * b * target;
    }
    const determinant = gram[0] * gram[2] - gram[1] ** 2;
    expect(solver.predict(Float64Array.of(1, 0))).toBeCloseTo(
      (gram[2] * moment[0] - gram[1] * moment[1]) / determinant,
      9,
    );
    expect(solver.predict(Float64Array.of(0, 1))).toBeCloseTo(
      (gram[0] * moment[1] - gram[1] * moment[0]) / determinant,
      9,
    );
  });

  it('keeps what a rare input taught while others are at work, without blowing up', () => {
    const solver = new RecursiveLeastSquares(2, { forgetting: 0.9 });
    for (let i = 0; i < 50; i++) solver.learn(Float64Array.of(0, 1), 7, 1);
    for (let i = 0; i < 5000; i++) solver.learn(Float64Array.of(1, 0), 3, 1);
    expect(solver.predict(Float64Array.of(0, 1))).toBeCloseTo(7, 1);
    solver.learn(Float64Array.of(0, 1), 7.5, 1);
    expect(solver.predict(Float64Array.of(0, 1))).toBeLessThan(7.6);
  });
});

describe('RobustScale', () => {
  it('finds the median size, with a fifth of the values wild', () => {
    const scale = new RobustScale(100);
    const rng = Rng.fromSeed(1);
    for (let i = 0; i < 5000; i++) scale.update(rng.nextFloat() < 0.2 ? 1e6 : 4 * rng.nextFloat());
    // A fifth beyond: the median lies at five eighths of the rest, 2.5.
    expect(scale.value).toBeGreaterThan(2);
    expect(scale.value).toBeLessThan(3);
    expect(scale.trust(2, 4)).toBe(1);
    expect(scale.trust(1e6, 4)).toBeLessThan(1e-8);
  });
});

describe('CompactInput', () => {
  it('folds what is wide and keeps what is not', () => {
    const narrow = new CompactInput({ rawSize: 2, denseSize: 4, hashSize: 8 });
    const out = new Float64Array(12);
    narrow.write(rowOf([1.5, null], [3, 3, 7], [1, 1, -1]), out);
    expect([...out]).toEqual([1.5, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, -1]);
    expect(narrow.valuePlaces).toEqual([0, 2, 4, 5, 6, 7, 8, 9, 10, 11]);

    const wide = new CompactInput({ rawSize: 300, denseSize: 300, hashSize: 512 });
    expect(wide.size).toBe(96);
    const row = { ...rowOf([], [5], [2]), dense: new Float32Array(300) };
    row.dense[70] = 3;
    const folded = new Float64Array(96);
    wide.write(row, folded);
    expect([...folded].map(Math.abs).filter((value) => value > 0)).toEqual([3, 2]);
  });
});

describe('OnlineCombination', () => {
  const run = (truth: (i: number) => number, members: (i: number) => number[], count: number) => {
    const combination = new OnlineCombination(members(0).length);
    let late = 0;
    for (let i = 0; i < count; i++) {
      const said = Float64Array.from(members(i));
      const before = combination.combine(said);
      expect(combination.learn(said, truth(i), 1)).toBe(before);
      if (i >= count - 100) late += Math.abs(before - truth(i)) / 100;
    }
    return late;
  };

  it('is the mean with nothing learned, and stays within its members', () => {
    const combination = new OnlineCombination(3);
    expect(combination.combine(Float64Array.of(1, 2, 6))).toBeCloseTo(3, 12);
    for (let i = 0; i < 50; i++) combination.learn(Float64Array.of(1, 2, 6), 100, 1);
    expect(combination.combine(Float64Array.of(1, 2, 6))).toBeLessThanOrEqual(6);
  });

  it('is as good as the best member, follows when another becomes the best, and finds mixtures', () => {
    const rng = Rng.fromSeed(1);
    const signal = gaussians(2000, rng).map((value) => 1e5 * value);
    const noise = gaussians(2000, rng).map((value) => 1e5 * value);
    const best = (at: (i: number) => boolean) => (i: number) => [
      signal[i]! + (at(i) ? 0.01 : 1) * noise[i]!,
      signal[i]! + (at(i) ? 1 : 0.01) * noise[1999 - i]!,
    ];
    expect(
      run(
        (i) => signal[i]!,
        best(() => true),
        400,
      ),
    ).toBeLessThan(3000);
    expect(
      run(
        (i) => signal[i]!,
        best((i) => i < 1000),
        1500,
      ),
    ).toBeLessThan(3000);
    const mixed = run(
      (i) => signal[i]!,
      (i) => [signal[i]! + noise[i]!, signal[i]! - noise[i]!],
      1000,
    );
    expect(mixed).toBeLessThan(2000);
  });
});

describe('ConformalIntervals', () => {
  const coverageOf = (residual: (i: number, rng: Rng) => number, coverage: number, count = 6000) => {
    const intervals = new ConformalIntervals(coverage);
    const rng = Rng.fromSeed(3);
    let [held, below, width] = [0, 0, 0];
    for (let i = 0; i < count; i++) {
      const { lower, upper } = intervals.interval(0, 1);
      const value = residual(i, rng);
      if (i >= 500) {
        held += value >= lower && value <= upper ? 1 : 0;
        below += value < lower ? 1 : 0;
        width += upper - lower;
      }
      intervals.learn(value, 1);
    }
    const share = 1 / (count - 500);
    return { held: held * share, below: below * share, width: width * share };
  };

  it('holds what was declared, in both tails alike, as narrow as the residuals allow', () => {
    for (const coverage of [0.5, 0.8, 0.9, 0.98]) {
      expect(Math.abs(coverageOf((_, rng) => rng.nextGaussian(), coverage).held - coverage)).toBeLessThan(0.015);
    }
    const skewed = coverageOf((_, rng) => -Math.log(1 - rng.nextFloat()), 0.9);
    expect(Math.abs(skewed.below - 0.05)).toBeLessThan(0.01);
    // An exponential's middle 90 % is 2.94 wide.
    expect(skewed.width).toBeGreaterThan(2.6);
    expect(skewed.width).toBeLessThan(3.4);
  });

  it('holds it when residuals grow, jump and come back', () => {
    const drift = coverageOf((i, rng) => (1 + i / 1000) * rng.nextGaussian(), 0.9);
    expect(Math.abs(drift.held - 0.9)).toBeLessThan(0.02);
    const jumps = coverageOf((i, rng) => (Math.floor(i / 500) % 2 === 0 ? 1 : 10) * rng.nextGaussian() + i / 100, 0.9);
    expect(Math.abs(jumps.held - 0.9)).toBeLessThan(0.03);
  });

  it('is the whole line before anything is known, and stays finite for residuals that are all alike', () => {
    const intervals = new ConformalIntervals(0.9, 50);
    expect(intervals.interval(3, 1)).toEqual({ lower: -Infinity, upper: Infinity });
    for (let i = 0; i < 200; i++) intervals.learn(0, 1);
    expect(intervals.interval(3, 1)).toEqual({ lower: 3, upper: 3 });
  });
});

describe('RegressionEnsemble', () => {
  const shape = shapeOf(3);
  const make = () => new RegressionEnsemble(defaultRegressorMembers(shape, 1), { coverage: 0.8 });

  it('gives intervals that hold the declared share, wider where it is harder', () => {
    const model = make();
    const rng = Rng.fromSeed(2);
    let held = 0;
    const widths = { easy: 0, hard: 0 };
    for (let i = 0; i < 1500; i++) {
      const [a, b, c] = gaussians(3, rng) as [number, number, number];
      const hard = i % 300 < 150;
      const target = 10 * a + b + (hard ? 3 : 0.5) * rng.nextGaussian();
      const { value, lower, upper } = model.predictIntervalOne(rowOf([a, b, c]));
      expect(lower).toBeLessThanOrEqual(upper);
      if (i === 0) expect([value, lower, upper]).toEqual([0, -Infinity, Infinity]);
      if (i >= 500) held += target >= lower && target <= upper ? 1 : 0;
      if (i >= 500) widths[hard ? 'hard' : 'easy'] += upper - lower;
      expect(model.predictOne(rowOf([a, b, c]))).toBe(value);
      model.learnOne(rowOf([a, b, c]), target, 1);
    }
    expect(Math.abs(held / 1000 - 0.8)).toBeLessThan(0.04);
    expect(widths.hard).toBeGreaterThan(2 * widths.easy);
    expect(Object.keys(model.predictByMember(rowOf([0, 0, 0])))).toHaveLength(10);
  });

  it('works with the members that know no earlier targets', () => {
    const names = defaultRegressorMembers(shape, 1, { lagged: false }).map(({ name }) => name);
    expect(names.filter((name) => name.includes('last') || name.includes('lagged'))).toEqual([]);
    expect(names).toHaveLength(6);
  });

  it('stores less than a megabyte at 20 numbers and a hashed block', () => {
    const wide = shapeOf(20, 512);
    const model = new RegressionEnsemble(defaultRegressorMembers(wide, 1));
    const bytes = Object.values(model.state().tensors).reduce((sum, tensor) => sum + tensor.byteLength, 0);
    expect(bytes).toBeLessThan(1e6);
  });

  it('refuses the state of another set of members', async () => {
    const other = new RegressionEnsemble(defaultRegressorMembers(shape, 1, { lagged: false }));
    await expectCode(() => make().restore(other.state()), 'CHECKPOINT_CORRUPT');
  });
});
