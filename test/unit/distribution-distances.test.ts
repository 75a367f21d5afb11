import { describe, expect, it } from 'vitest';
import {
  jensenShannonDistance,
  kolmogorovSmirnovOfCells,
  lInfinity,
  populationStabilityIndex,
} from '../../src/monitor/distribution/distances.ts';
import { FrequencySketch } from '../../src/monitor/distribution/frequency-sketch.ts';
import { holm } from '../../src/monitor/distribution/holm.ts';
import { chiSquareTail, kolmogorovTail, logGamma, normalDeviations } from '../../src/monitor/distribution/laws.ts';
import {
  groupCells,
  groupCounts,
  likelihoodRatioTest,
  shareStatistic,
} from '../../src/monitor/distribution/likelihood-ratio.ts';
import { QuantileSketch } from '../../src/monitor/distribution/quantile-sketch.ts';
import { categoryDistances, numericDistances } from '../../src/monitor/distribution/sketch-distances.ts';
import {
  kolmogorovSmirnov,
  normalisedWasserstein,
  spreadOf,
  wasserstein,
} from '../../src/monitor/distribution/value-distances.ts';
import goldens from '../fixtures/distribution/goldens.json' with { type: 'json' };
import { uniforms } from './distribution-fixture.ts';

function sketchOf(values: readonly number[]): QuantileSketch {
  const sketch = new QuantileSketch();
  for (const value of values) sketch.update(value);
  return sketch;
}

const reference = sketchOf(uniforms(1, 100).map((u) => Math.floor(80 * u ** 2) / 4));
const current = sketchOf(uniforms(2, 80).map((u) => Math.floor(60 * u + 10) / 4));

/** Figures of SciPy, NumPy and statsmodels: test/fixtures/distribution/goldens.py writes them. */
describe('against SciPy', () => {
  it('distances of values', () => {
    expect(kolmogorovSmirnov(reference, current)).toBeCloseTo(goldens.kolmogorovSmirnov, 12);
    expect(wasserstein(reference, current)).toBeCloseTo(goldens.wasserstein, 12);
    expect([0.25, 0.5, 0.75].map((share) => reference.quantile(share))).toEqual(goldens.quartiles);
    const [lower = NaN, , upper = NaN] = goldens.quartiles;
    expect(normalisedWasserstein(reference, current)).toBeCloseTo((goldens.wasserstein * 1.349) / (upper - lower), 12);
  });

  it('distances of counts', () => {
    const [p, q] = [goldens.counts.reference, goldens.counts.current];
    expect(jensenShannonDistance(p, q)).toBeCloseTo(goldens.jensenShannonDistance, 12);
    expect(populationStabilityIndex(p, q)).toBeCloseTo(goldens.populationStabilityIndex, 12);
    expect(lInfinity(p, q)).toBeCloseTo(goldens.lInfinity, 12);
  });

  it('distances where cells are empty', () => {
    const [p, q] = [goldens.withEmpty.reference, goldens.withEmpty.current];
    expect(jensenShannonDistance(p, q)).toBeCloseTo(goldens.jensenShannonWithEmpty, 12);
    expect(populationStabilityIndex(p, q)).toBeCloseTo(goldens.psiWithEmpty, 12);
  });

  it('likelihood ratios', () => {
    const [p, q] = [goldens.counts.reference, goldens.counts.current];
    expect(likelihoodRatioTest(p, q, 1)).toBeCloseTo(goldens.gTest, 12);
    expect(likelihoodRatioTest(p, q, 2)).toBeCloseTo(goldens.gTestOfTwiceTheVariance, 12);
    const [one, other] = [
      { count: 30, rows: 1000 },
      { count: 12, rows: 128 },
    ];
    expect(shareStatistic(one, other)).toBeCloseTo(goldens.gOfOneShare, 10);
  });

  it('laws, also far out', () => {
    for (const [x = NaN, degrees = NaN, tail = NaN] of goldens.chiSquareTails) {
      expect(chiSquareTail(x, degrees) / tail).toBeCloseTo(1, 9);
    }
    for (const [x = NaN, tail = NaN] of goldens.kolmogorovTails) {
      expect(kolmogorovTail(x) / tail).toBeCloseTo(1, 12);
    }
    for (const [level = NaN, deviations = NaN] of goldens.normalDeviations) {
      expect(normalDeviations(level)).toBeCloseTo(deviations, 9);
    }
    expect(logGamma(0.25)).toBeCloseTo(Math.log(3.625609908221908), 12);
  });

  it('Holm', () => {
    const corrected = holm(goldens.pValues);
    goldens.holm.forEach((pValue, i) => expect(corrected[i]).toBeCloseTo(pValue, 12));
    expect(holm([])).toEqual([]);
  });
});

describe('distances', () => {
  it('are 0 between equal distributions of any size, and where one side is empty', () => {
    const same = [goldens.counts.reference, goldens.counts.reference.map((count) => 3 * count)] as const;
    for (const distance of [jensenShannonDistance, populationStabilityIndex, lInfinity, kolmogorovSmirnovOfCells]) {
      expect(distance(...same)).toBeCloseTo(0, 12);
      expect(distance([0, 0], [3, 4])).toBe(0);
    }
    expect(wasserstein(reference, new QuantileSketch())).toBe(0);
    expect(kolmogorovSmirnov(new QuantileSketch(), new QuantileSketch())).toBe(0);
  });

  it('reach their largest value where nothing is shared', () => {
    expect(jensenShannonDistance([4, 0], [0, 9])).toBe(1);
    expect(lInfinity([4, 0], [0, 9])).toBe(1);
    expect(kolmogorovSmirnovOfCells([4, 0], [0, 9])).toBe(1);
    expect(kolmogorovSmirnov(sketchOf([1, 2]), sketchOf([3]))).toBe(1);
    expect(wasserstein(sketchOf([1, 1]), sketchOf([3.5]))).toBe(2.5);
  });

  it('have a unit where the middle half, or everything, is one value', () => {
    expect(spreadOf(0, 1.349, 9)).toBe(1);
    expect(spreadOf(5, 5, 12)).toBe(2);
    expect(spreadOf(5, 5, 0)).toBe(1);
  });

  it('of sketches see values beyond the reference, and new categories', () => {
    const beyond = numericDistances(sketchOf([1, 2, 3, 4]), sketchOf([9, 9, 9, 9]));
    expect(beyond).toMatchObject({ kolmogorovSmirnov: 1, jensenShannon: 1 });
    const [old, fresh] = [new FrequencySketch(8), new FrequencySketch(8)];
    for (const value of ['a', 'a', 'b', 'b']) old.update(value);
    for (const value of ['a', 'a', 'c', null]) fresh.update(value);
    // Shares of a, b, others, missing: 1/2 1/2 0 0, and 1/2 0 1/4 1/4.
    expect(categoryDistances(old, fresh).lInfinity).toBe(0.5);
    expect(categoryDistances(old, fresh).jensenShannon).toBeCloseTo(Math.SQRT1_2, 12);
  });
});

describe('groups of cells', () => {
  it('have five expected rows each, whatever lies beside each other', () => {
    const counts = [0, 40, 3, 2, 40, 10, 5, 0];
    const groups = groupCells([0, 1, 2, 3, 4, 5, 6, 7], counts, 50);
    expect(groups).toEqual([0, 0, 1, 1, 1, 2, 2, 2]);
    expect(groupCounts(counts, groups)).toEqual([40, 45, 15]);
  });

  it('are one where there are too few rows', () => {
    expect(new Set(groupCells([0, 1, 2], [10, 10, 10], 6))).toEqual(new Set([0]));
    expect(likelihoodRatioTest([30], [6], 1)).toBe(1);
  });
});
