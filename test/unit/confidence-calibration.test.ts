import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Rng } from '../../src/core/rng.ts';
import { CalibrationError } from '../../src/monitor/confidence/calibration-error.ts';
import { ConfidenceHistory } from '../../src/monitor/confidence/confidence-history.ts';
import { OutcomeBins } from '../../src/monitor/confidence/outcome-bins.ts';
import { BINS, binOf, logitOf, middleOf, shareOfNats } from '../../src/monitor/confidence/share-bins.ts';
import goldens from '../fixtures/distribution/goldens.json' with { type: 'json' };
import { expectCode } from '../support/expect-code.ts';
import '../support/fixed-seed.ts';
import { throughJson, uniforms } from './distribution-fixture.ts';

const cases = fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.boolean()), {
  minLength: 1,
  maxLength: 200,
});

function errorOf(outcomes: readonly (readonly [number, boolean])[], halfLife = Infinity): CalibrationError {
  const error = new CalibrationError(halfLife);
  for (const [confidence, isRight] of outcomes) error.update(confidence, isRight);
  return error;
}

/** Confidences spread over [0.5, 1), right with the chance that `chanceOf` gives. */
function simulated(seed: number, count: number, chanceOf: (confidence: number) => number): CalibrationError {
  const rng = Rng.fromSeed(seed);
  const error = new CalibrationError();
  for (let i = 0; i < count; i++) {
    const confidence = 0.5 + rng.nextFloat() / 2;
    error.update(confidence, rng.nextFloat() < chanceOf(confidence));
  }
  return error;
}

describe('share bins', () => {
  it('are even in log-odds, and hold their middles', () => {
    for (let bin = 0; bin < BINS; bin++) expect(binOf(middleOf(bin))).toBe(bin);
    expect([0, 1e-9, 0.5, 0.999, 1].map(binOf)).toEqual([0, 0, 32, 59, 63]);
    expect([logitOf(0), logitOf(0.5), logitOf(1)]).toEqual([-8, 0, 8]);
    expect(shareOfNats(Math.LN2)).toBeCloseTo(0.5, 12);
  });
});

describe('CalibrationError', () => {
  it("has scikit-learn's Brier score", () => {
    const [confidences, others] = [uniforms(3, 300), uniforms(4, 300)];
    const error = errorOf(confidences.map((confidence, i) => [confidence, others[i]! < confidence ** 1.5] as const));
    expect(error.report()?.brier).toBeCloseTo(goldens.brier, 12);
  });

  it('splits the Brier score without a rest', () => {
    fc.assert(
      fc.property(cases, (outcomes) => {
        const report = errorOf(outcomes).report()!;
        const { brier, reliability, resolution, uncertainty, withinGroups } = report;
        expect(reliability - resolution + uncertainty + withinGroups).toBeCloseTo(brier, 10);
        expect(report.count).toBe(outcomes.length);
        expect(report.accuracy).toBeCloseTo(outcomes.filter(([, isRight]) => isRight).length / outcomes.length, 12);
      }),
    );
  });

  it('is chance alone for a calibrated model', () => {
    const reports = Array.from({ length: 50 }, (_, seed) => simulated(seed, 500, (confidence) => confidence).report()!);
    const mean = (of: (report: (typeof reports)[number]) => number): number =>
      reports.reduce((sum, report) => sum + of(report), 0) / reports.length;
    expect(mean(({ expectedError }) => expectedError)).toBeCloseTo(
      mean(({ expectedErrorByChance }) => expectedErrorByChance),
      2,
    );
    // 500 in 15 groups: not small at all, and the debiased error is.
    expect(mean(({ expectedError }) => expectedError)).toBeGreaterThan(0.04);
    expect(mean(({ debiasedError }) => debiasedError)).toBeLessThan(0.02);
  });

  it('finds by how much a model is too sure', () => {
    const report = simulated(1, 20_000, (confidence) => confidence - 0.1).report()!;
    expect(report.expectedError).toBeCloseTo(0.1, 2);
    expect(report.debiasedError).toBeCloseTo(0.1, 2);
    expect(report.reliability).toBeCloseTo(0.01, 2);
    expect(report.expectedErrorByChance).toBeLessThan(0.015);
    expect(report.meanConfidence).toBeCloseTo(0.75, 2);
    // Confidence is spread evenly over a half: a variance of 1/48.
    expect(report.resolution).toBeCloseTo(1 / 48, 2);
  });

  it('forgets with the half-life', () => {
    const always = Array.from({ length: 300 }, () => [0.9, true] as const);
    const never = Array.from({ length: 100 }, () => [0.9, false] as const);
    expect(errorOf([...always, ...never]).report()?.accuracy).toBeCloseTo(0.75, 12);
    // 100 outcomes later, what was before counts half; of the sum 2^3 − 1 to 2^4 − 1.
    const report = errorOf([...always, ...never], 100).report()!;
    expect(report.accuracy).toBeCloseTo((0.5 - 0.5 ** 4) / (1 - 0.5 ** 4), 3);
    expect(report.count).toBeLessThan(145);
  });

  it('merges to what one would have seen, and goes on exactly from its state', () => {
    fc.assert(
      fc.property(cases, cases, (a, b) => {
        const [one, both] = [errorOf(a), errorOf([...a, ...b])];
        one.merge(errorOf(b));
        expect(one.report()!.brier).toBeCloseTo(both.report()!.brier, 10);
        expect(one.report()!.expectedError).toBeCloseTo(both.report()!.expectedError, 10);
        const restored = new CalibrationError(50);
        restored.restore(throughJson(errorOf(a, 50).state()));
        for (const [confidence, isRight] of b) restored.update(confidence, isRight);
        expect(restored.state()).toEqual(errorOf([...a, ...b], 50).state());
      }),
    );
  });

  it('has nothing to say before the first outcome, and refuses damaged states', async () => {
    expect(new CalibrationError().report()).toBeNull();
    const state = errorOf([[0.5, true]]).state();
    for (const damaged of [null, [[99, 1, 1, 1, 1, 1, 1, 1]], [...state, ...state], [[1, 'x']]])
      await expectCode(() => new CalibrationError().restore(damaged), 'CHECKPOINT_CORRUPT');
  });
});

describe('groups of outcome bins', () => {
  it('have about equal weights, and lose none', () => {
    fc.assert(
      fc.property(cases, fc.integer({ min: 1, max: 20 }), (outcomes, count) => {
        const bins = new OutcomeBins();
        for (const [x] of outcomes) bins.update(x, x, 1);
        const groups = bins.groups(count);
        expect(groups.length).toBeLessThanOrEqual(count);
        expect(groups.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(outcomes.length, 9);
      }),
    );
    const even = new OutcomeBins();
    for (let i = 0; i < 6_400; i++) even.update(middleOf(i % BINS), 0, 0);
    expect(even.groups(16).map(({ weight }) => weight)).toEqual(Array.from({ length: 16 }, () => 400));
  });
});

describe('ConfidenceHistory', () => {
  const history = (count: number, before = new ConfidenceHistory(100), from = 0): ConfidenceHistory => {
    // Rises from 0.5 to 1 over 10,000 decisions.
    for (let i = from; i < count; i++) before.update(0.5 + i / 20_000, i % 2 === 0 ? null : 1 - i / 20_000);
    return before;
  };

  it('shows how confidence went, in at most eight periods', () => {
    expect(
      history(250)
        .periods()
        .map(({ from, decisions }) => [from, decisions]),
    ).toEqual([
      [0, 100],
      [100, 100],
      [200, 50],
    ]);
    const periods = history(10_000).periods();
    expect(periods.map(({ decisions }) => decisions)).toEqual([1600, 1600, 1600, 1600, 1600, 1600, 400]);
    for (const { from, decisions, confidence, entropy } of periods) {
      const middle = 0.5 + (from + decisions / 2) / 20_000;
      expect(Math.abs(confidence!.median - middle)).toBeLessThan(0.01);
      expect(Math.abs(entropy!.median - (1.5 - middle))).toBeLessThan(0.01);
      expect(confidence!.upper - confidence!.lower).toBeCloseTo((0.8 * decisions) / 20_000, 1);
    }
    expect(JSON.stringify(history(10_000).state()).length).toBeLessThan(20_000);
  });

  it.each([0, 99, 800, 801, 5000])('goes on exactly after %i decisions', (count) => {
    const restored = new ConfidenceHistory(100);
    restored.restore(throughJson(history(count).state()));
    expect(history(6000, restored, count).state()).toEqual(history(6000).state());
  });

  it('knows where there is no entropy, and refuses damaged states', async () => {
    const only = new ConfidenceHistory();
    only.update(0.5, null);
    expect(only.periods()).toEqual([
      { from: 0, decisions: 1, confidence: { lower: 0.5, median: 0.5, upper: 0.5 }, entropy: null },
    ]);
    const state = only.state();
    for (const damaged of [
      null,
      { ...state, length: 0 },
      { ...state, periods: [{ ...state.periods[0], decisions: 0.5 }] },
    ])
      await expectCode(() => new ConfidenceHistory().restore(damaged), 'CHECKPOINT_CORRUPT');
  });
});
