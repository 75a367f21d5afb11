import { describe, expect, it } from 'vitest';
import { SparseVector } from '../../src/learners/reward/sparse-vector.ts';
import { CELL_COUNT, PARTITIONS } from '../../src/learners/routines/calendar.ts';
import { DiagonalModel, modelsState, readModels } from '../../src/learners/routines/diagonal-model.ts';
import { ExpertWeights, logLikelihood } from '../../src/learners/routines/expert-weights.ts';
import { expectCode } from '../support/expect-code.ts';

describe('cells of the week', () => {
  it('are numbered without a gap, every hour in one of each partition', () => {
    const met = new Set<number>();
    for (let weekday = 0; weekday < 7; weekday++) {
      for (let hour = 0; hour < 24; hour++) {
        for (const { first, cells, cellOf } of PARTITIONS) {
          const cell = cellOf({ weekday, hour });
          expect(cell).toBeGreaterThanOrEqual(0);
          expect(cell).toBeLessThan(cells);
          met.add(first + cell);
        }
      }
    }
    expect([...met].sort((a, b) => a - b)).toEqual(Array.from({ length: CELL_COUNT }, (_, cell) => cell));
  });
});

describe('weights of experts', () => {
  const all = Float64Array.of(0, 0, 0);

  it('begin with the favourite, and follow Bayes’ rule', () => {
    const experts = new ExpertWeights(3, 0, 0.5);
    expect([...experts.among(all)]).toEqual([1, 0, 0]);
    experts.share(1, all);
    expect([...experts.among(all)]).toEqual([0.5, 0.25, 0.25]);
    experts.update(Float64Array.of(0.2, 0.8, 0.4), 1, 1);
    const [a, b, c] = experts.among(all);
    expect(b! / a!).toBeCloseTo((0.25 * 0.8) / (0.5 * 0.2), 9);
    expect(c! / a!).toBeCloseTo((0.25 * 0.4) / (0.5 * 0.2), 9);
    expect(a! + b! + c!).toBeCloseTo(1, 9);
  });

  it('count less of an experience that weighs less', () => {
    const experts = new ExpertWeights(2, 0, 0.5);
    const both = Float64Array.of(0, 0);
    experts.share(1, both);
    experts.update(Float64Array.of(0.1, 0.9), 1, 0.5);
    expect(experts.among(both)[1]! / experts.among(both)[0]!).toBeCloseTo(3, 9);
  });

  it('leave those that sleep what they had among themselves', () => {
    const experts = new ExpertWeights(3, 0, 0.5);
    experts.share(1, all);
    const before = experts.among(all)[2]!;
    for (let i = 0; i < 5; i++) experts.update(Float64Array.of(0.1, 0.9, NaN), 1, 1);
    expect(experts.among(all)[2]).toBeCloseTo(before, 9);
    expect(experts.among(Float64Array.of(0, 0, NaN))[1]).toBeGreaterThan(0.99);
    expect([...experts.among(Float64Array.of(NaN, NaN, 0))]).toEqual([0, 0, 1]);
  });

  it('never silence one for good', () => {
    const experts = new ExpertWeights(2, 0, 0.5);
    const both = Float64Array.of(0, 0);
    const learn = (reward: number, count: number) => {
      for (let i = 0; i < count; i++) {
        experts.update(Float64Array.of(1, 0), reward, 1);
        experts.share(0.01, both);
      }
    };
    learn(1, 1000);
    expect(experts.among(both)[0]).toBeGreaterThan(0.98);
    learn(0, 3);
    expect(experts.among(both)[1]).toBeGreaterThan(0.9);
  });

  it('let one enter with its odds', () => {
    const experts = new ExpertWeights(3, 0, 0.5);
    experts.enter(2, 4);
    expect(experts.among(all)[2]).toBeCloseTo(0.8, 9);
    experts.enter(2, 0);
    expect([...experts.among(all)]).toEqual([1, 0, 0]);
  });

  it('bound what one wrong word costs', () => {
    expect(logLikelihood(0, 1)).toBeCloseTo(Math.log(0.02), 9);
    expect(logLikelihood(0.3, 0.25)).toBeCloseTo(0.25 * Math.log(0.3) + 0.75 * Math.log(0.7), 9);
  });
});

describe('a model with a variance for each weight', () => {
  const prior = new Float32Array(4).fill(4);
  const open = () => new DiagonalModel(new Float32Array(4), prior.slice());
  const input = (...places: number[]): SparseVector => {
    const x = new SparseVector();
    for (const place of places) x.push(place, 1);
    return x;
  };

  it('learns what a place brings, and grows sure of it', () => {
    const model = open();
    for (let i = 0; i < 60; i++) {
      model.learnOne(input(0, 1), 1, 1, prior);
      model.learnOne(input(0, 2), 0, 1, prior);
    }
    expect(model.expect(input(0, 1))).toBeGreaterThan(0.85);
    expect(model.expect(input(0, 2))).toBeLessThan(0.15);
    expect(model.variance[1]).toBeLessThan(1);
  });

  it('forgets only where it learns', () => {
    const model = open();
    for (let i = 0; i < 60; i++) model.learnOne(input(1), 1, 1, prior);
    const [mean, variance] = [model.mean[1], model.variance[1]];
    for (let i = 0; i < 5000; i++) model.learnOne(input(2), i % 2, 1, prior);
    expect(model.mean[1]).toBe(mean);
    expect(model.variance[1]).toBe(variance);
    expect(model.variance[2]).toBeGreaterThan(0.01);
    expect(model.mean[3]).toBe(0);
  });

  it('is as wide as at first where nothing is kept, and as it was where all is', () => {
    const model = open();
    for (let i = 0; i < 20; i++) model.learnOne(input(1), 1, 1, prior);
    const same = model.copy();
    same.widen(1, prior);
    same.variance.forEach((variance, i) => expect(variance).toBeCloseTo(model.variance[i]!, 5));
    model.widen(0, prior);
    expect([...model.variance]).toEqual([...prior]);
  });

  it('is stored among others, and read back in its place', async () => {
    const model = open();
    model.learnOne(input(0, 3), 1, 1, prior);
    const state = modelsState([null, model, null, open()]);
    const [none, first, , last] = readModels(state, 4, 4);
    expect(none).toBeNull();
    expect(first).toEqual(model);
    expect(last).toEqual(open());
    await expectCode(() => readModels(state, 2, 4), 'CHECKPOINT_CORRUPT');
    await expectCode(() => readModels(state, 4, 5), 'CHECKPOINT_CORRUPT');
    expect(readModels(modelsState([null, null]), 2, 4)).toEqual([null, null]);
  });
});
