import { describe, expect, it } from 'vitest';
import { Rng } from '../../src/core/rng.ts';
import { changeEvidence, dispersion, type Segment } from '../../src/monitor/drift/change-evidence.ts';
import { createDefaultErrorDetector, ErrorDetector } from '../../src/monitor/drift/error-detector.ts';
import { expectCode } from '../support/expect-code.ts';

const errors = (rng: Rng, count: number, rate: number): number[] =>
  Array.from({ length: count }, () => (rng.nextFloat() < rate ? 1 : 0));

const segment = ([size, total]: readonly [number, number]): Segment => ({ size, total });

describe('changeEvidence', () => {
  /**
   * SciPy 1.x: `integrate.quad` over the shift t of exp(profile log-likelihood of both segments at logit(p), logit(p) ± t, less that of one p) times the
   * half-normal density 2 N(t; 0, 1); the profile by `optimize.minimize_scalar`, bounded.
   */
  it.each<[older: [number, number], newer: [number, number], expected: number]>([
    [[2000, 400], [300, 90], 333.014167],
    [[100, 20], [50, 25], 310.098733],
    [[2000, 200], [40, 20], 26581268.8],
    [[500, 250], [500, 200], 36.802841],
    [[8000, 1600], [1000, 260], 1566.9147],
  ])('%j, then %j: within 2 %% of the integral', (older, newer, expected) => {
    const all = segment([older[0] + newer[0], older[1] + newer[1]]);
    const evidence = changeEvidence(segment(older), segment(newer), all, 1, 1);
    expect(Math.abs(evidence / expected - 1)).toBeLessThan(0.02);
  });

  it('is small where nothing changed, and less than one where much was seen', () => {
    expect(changeEvidence(segment([1000, 200]), segment([100, 20]), segment([1100, 220]), 1, 1)).toBeLessThan(0.6);
  });
});

describe('dispersion', () => {
  it('is 1 for 0/1 values, and for others a power of the share of their variance', () => {
    expect(dispersion({ size: 100, total: 20, squares: 100 * 0.2 * 0.8 })).toBeCloseTo(1, 12);
    // Uniform in [0.1, 0.3]: variance 0.04 / 12.
    expect(dispersion({ size: 1e6, total: 2e5, squares: (1e6 * 0.04) / 12 })).toBeCloseTo(
      (0.04 / 12 / 0.16) ** 0.75,
      4,
    );
  });
});

describe('ErrorDetector', () => {
  it.each([
    [0.2, 0.4, 2000, 120],
    [0.1, 0.5, 2000, 40],
    [0.2, 0.6, 100, 60],
  ])('finds the rise from %s to %s after %i values within %i on average', (before, after, count, mostMean) => {
    const rng = Rng.fromSeed(11);
    const delays = Array.from({ length: 20 }, () => delayOf(errors(rng, count, before), errors(rng, 1000, after)));
    expect(delays.reduce((sum, delay) => sum + delay, 0) / delays.length).toBeLessThan(mostMean);
  });

  it('seldom says something where the error stays: about once in 150,000 values', () => {
    const found = [0.02, 0.1, 0.2, 0.3, 0.5].map((rate, index) => {
      const [detector, rng] = [createDefaultErrorDetector(), Rng.fromSeed(20 + index)];
      return errors(rng, 30_000, rate).filter((value) => {
        detector.update(value);
        return detector.driftDetected || detector.improvementDetected;
      }).length;
    });
    expect(found.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(3);
  });

  it('says what the change was', () => {
    const [detector, rng] = [createDefaultErrorDetector(), Rng.fromSeed(13)];
    for (const value of errors(rng, 2000, 0.1)) detector.update(value);
    expect(detector.change).toBeNull();
    let count = 0;
    while (!detector.driftDetected) {
      detector.update(rng.nextFloat() < 0.5 ? 1 : 0);
      count++;
    }
    const { before, after, values } = detector.change!;
    expect([before, after]).toEqual([expect.closeTo(0.1, 1), expect.closeTo(0.5, 0)]);
    expect(Math.abs(values - count)).toBeLessThan(10);
    detector.update(0);
    expect(detector.change).toBeNull();
  });

  it('calls a fall an improvement, and then what is normal is the lower error', () => {
    const [detector, rng] = [createDefaultErrorDetector(), Rng.fromSeed(14)];
    let improvements = 0;
    for (const value of [...errors(rng, 1000, 0.5), ...errors(rng, 500, 0.1)]) {
      detector.update(value);
      expect(detector.driftDetected).toBe(false);
      if (detector.improvementDetected) improvements++;
    }
    expect([improvements > 0, detector.estimation]).toEqual([true, expect.closeTo(0.1, 1)]);
    const delay = delayOf([], errors(rng, 1000, 0.3), detector);
    expect(delay).toBeLessThan(200);
  });

  it('sees small changes of values that vary little', () => {
    const rng = Rng.fromSeed(15);
    const around = (mean: number, count: number) =>
      Array.from({ length: count }, () => mean + 0.1 * (rng.nextFloat() - 0.5));
    // 0/1 values of these means would be told apart after some 350.
    expect(delayOf(around(0.2, 500), around(0.3, 1000))).toBeLessThan(80);
    const detector = createDefaultErrorDetector();
    for (const value of around(0.2, 20_000)) detector.update(value);
    expect(detector.change).toBeNull();
  });

  it('warns before most alarms and seldom else', () => {
    const [detector, rng] = [createDefaultErrorDetector(), Rng.fromSeed(16)];
    const warnings = errors(rng, 20_000, 0.2).filter((value) => {
      detector.update(value);
      return detector.warningDetected;
    });
    expect(warnings.length).toBeLessThan(400);
    let hasWarned = false;
    while (!detector.driftDetected) {
      detector.update(rng.nextFloat() < 0.4 ? 1 : 0);
      hasWarned ||= detector.warningDetected;
    }
    expect(hasWarned).toBe(true);
  });

  it('forgets what is older than its window', () => {
    const detector = new ErrorDetector({ maxWindow: 64 });
    for (let i = 0; i < 1000; i++) detector.update(i % 2);
    for (let i = 0; i < 64; i++) detector.update(i % 4 === 0 ? 1 : 0);
    expect(detector.estimation).toBeCloseTo(0.25, 1);
  });

  it('refuses options that make no sense', async () => {
    await expectCode(() => new ErrorDetector({ runLength: NaN }), 'INVALID_CONFIG');
    await expectCode(() => new ErrorDetector({ warningRunLength: 1e9 }), 'INVALID_CONFIG');
    await expectCode(() => new ErrorDetector({ maxWindow: 100.5 }), 'INVALID_CONFIG');
  });
});

/** Values of `after` until the drift; one more than there are where it is missed. */
function delayOf(before: readonly number[], after: readonly number[], detector = createDefaultErrorDetector()): number {
  for (const value of before) {
    detector.update(value);
    if (detector.driftDetected) throw new Error('a false alarm before the change');
  }
  const found = after.findIndex((value) => {
    detector.update(value);
    return detector.driftDetected;
  });
  return found < 0 ? after.length + 1 : found + 1;
}
