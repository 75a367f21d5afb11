import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Rng } from '../../src/core/rng.ts';
import { EDetector } from '../../src/monitor/sequential/e-detector.ts';
import { expectCode } from '../support/expect-code.ts';

/** ±1, 1 with this chance. */
const sign = (rng: Rng, chance: number): number => (rng.nextFloat() < chance ? 1 : -1);

/** Values until a detection, at most `most`. */
function runLength(detector: EDetector, next: (t: number) => number, most: number): number {
  for (let t = 1; t <= most; t++) {
    detector.update(next(t));
    if (detector.driftDetected) return t;
  }
  return most;
}

describe('EDetector', () => {
  test('is the sum of the capital of all who started before each value', () => {
    // python: bets = [.9 * .5**k for k in range(7)]; w = [.8**k for k in range(7)]; d = [1, -.5, .25]
    // sum(a * math.prod(1 + b * x for x in d[j:]) for j in range(3) for a, b in zip(w, bets)) / sum(w)
    const detector = new EDetector();
    for (const value of [1, -0.5, 0.25]) detector.update(value);
    expect(detector.evidence).toBeCloseTo(3.1305006220858607, 12);
    // The same, each term times 3 - j, divided by the sum.
    expect(detector.changeAge).toBeCloseTo(2.0216523824776043, 12);
  });

  test('while nothing is wrong it lasts the average run length', () => {
    const rng = Rng.fromSeed(11);
    const lengths = Array.from({ length: 300 }, () =>
      runLength(new EDetector({ averageRunLength: 200 }), () => sign(rng, 0.5), 20_000),
    );
    const mean = lengths.reduce((sum, length) => sum + length, 0) / lengths.length;
    expect(mean).toBeGreaterThan(200);
    expect(mean).toBeLessThan(500);
  });

  test('a long good time does not delay a detection', () => {
    const delays = [200, 5_000].map((change) => {
      const rng = Rng.fromSeed(2);
      const detector = new EDetector();
      return runLength(detector, (t) => sign(rng, t <= change ? 0.4 : 0.75), 10_000) - change;
    });
    expect(Math.max(...delays)).toBeLessThan(120);
    expect(Math.min(...delays)).toBeGreaterThan(10);
  });

  test('says about when it began', () => {
    const rng = Rng.fromSeed(4);
    const detector = new EDetector();
    const length = runLength(detector, (t) => sign(rng, t <= 1_000 ? 0.45 : 0.8), 10_000);
    expect(length - detector.changeAge).toBeGreaterThan(950);
    expect(length - detector.changeAge).toBeLessThan(1_030);
  });

  test('stays detected until it is reset', () => {
    const detector = new EDetector({ averageRunLength: 10 });
    for (let t = 0; t < 20; t++) detector.update(1);
    const { count } = detector;
    detector.update(-1);
    expect(detector.driftDetected).toBe(true);
    expect(detector.count).toBe(count);
    detector.reset();
    expect(detector.state()).toEqual(new EDetector({ averageRunLength: 10 }).state());
  });

  test('resumes to the same bits', () => {
    const value = fc.double({ min: -0.05, max: 1, noNaN: true });
    const options = { least: -0.05, margin: 0.01 };
    fc.assert(
      fc.property(fc.array(value, { maxLength: 40 }), fc.array(value, { maxLength: 40 }), (before, after) => {
        const [whole, first, resumed] = [new EDetector(options), new EDetector(options), new EDetector(options)];
        for (const one of [...before, ...after]) whole.update(one);
        for (const one of before) first.update(one);
        resumed.restore(JSON.parse(JSON.stringify(first.state())));
        for (const one of after) resumed.update(one);
        expect(resumed.state()).toEqual(whole.state());
        expect(resumed.evidence).toBe(whole.evidence);
      }),
    );
  });

  test('refuses what it cannot use', async () => {
    await expectCode(() => new EDetector({ averageRunLength: 1 }), 'INVALID_CONFIG');
    await expectCode(() => new EDetector().update(2), 'INVALID_DATA');
    await expectCode(() => new EDetector().restore({ count: 1 }), 'CHECKPOINT_CORRUPT');
    const fewer = { ...new EDetector().state(), ages: [0] };
    await expectCode(() => new EDetector().restore(fewer), 'CHECKPOINT_CORRUPT');
  });
});
