import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Rng } from '../../src/core/rng.ts';
import { PairedEvidence } from '../../src/monitor/sequential/paired-evidence.ts';
import { pairedDifference, type PairedOptions } from '../../src/monitor/sequential/paired-values.ts';
import { expectCode } from '../support/expect-code.ts';

function evidenceOf(values: readonly number[], options: PairedOptions = {}): PairedEvidence {
  const evidence = new PairedEvidence(options);
  for (const value of values) evidence.update(value);
  return evidence;
}

/** Every sequence of `length` of the two values. */
function* sequences(length: number, low: number, high: number): Generator<number[]> {
  for (let bits = 0; bits < 2 ** length; bits++) {
    yield Array.from({ length }, (_, index) => ((bits >> index) & 1 ? high : low));
  }
}

describe('PairedEvidence', () => {
  test('is the capital of seven fixed bets', () => {
    // python: w = [.8**k for k in range(7)]; d = [1, 0, .5, -.25, 1]
    // math.log(sum(a * math.prod(1 + .9 * .5**k * (x - .05) / 1.05 for x in d) for k, a in enumerate(w)) / sum(w))
    expect(evidenceOf([1, 0, 0.5, -0.25, 1], { margin: 0.05 }).logEvidence).toBeCloseTo(0.6397403924849353, 12);
  });

  test.each([
    { margin: 0, least: -1, low: -1, high: 1 },
    { margin: 0.1, least: -1, low: -0.4, high: 1 },
    { margin: 0, least: -0.05, low: -0.05, high: 0.6 },
  ])('is not expected to grow while the mean is the margin, and passes 20 seldom: $low, $high', (setting) => {
    const { margin, low, high } = setting;
    const chance = (margin - low) / (high - low);
    let [expected, passed] = [0, 0];
    for (const values of sequences(12, low, high)) {
      const probability = values.reduce((product, value) => product * (value === high ? chance : 1 - chance), 1);
      const evidence = evidenceOf(values, setting);
      expected += probability * Math.exp(evidence.logEvidence);
      if (evidence.proven(0.05)) passed += probability;
    }
    expect(expected).toBeCloseTo(1, 9);
    expect(passed).toBeLessThanOrEqual(0.05);
  });

  test('a challenger that is better in turns, and no better on the whole, is not called better', () => {
    const rng = Rng.fromSeed(5);
    let proofs = 0;
    for (let run = 0; run < 400; run++) {
      const evidence = new PairedEvidence();
      for (let t = 0; t < 600; t++) evidence.update((t % 200 < 100 ? -0.1 : 0.1) + (rng.nextFloat() - 0.5));
      if (evidence.proven(0.05)) proofs++;
    }
    expect(proofs).toBeLessThanOrEqual(20);
  });

  test('ten wins in a row prove it, ten draws prove nothing', () => {
    expect(evidenceOf(Array<number>(10).fill(1)).proven(0.05)).toBe(true);
    const draws = evidenceOf(Array<number>(10).fill(0));
    expect(draws.logEvidence).toBeCloseTo(0, 12);
    expect(draws.proven(0.05)).toBe(false);
  });

  test('what was proven stays proven; what speaks against it is counted', () => {
    const evidence = evidenceOf(Array<number>(10).fill(1));
    const most = evidence.maxLogEvidence;
    for (let i = 0; i < 30; i++) evidence.update(-1);
    expect(evidence.logEvidence).toBeLessThan(0);
    expect(evidence.maxLogEvidence).toBe(most);
    expect(evidence.proven(0.05)).toBe(true);
  });

  test('the lower bound is below the mean, rises with data and is seldom wrong', () => {
    const rng = Rng.fromSeed(3);
    let wrong = 0;
    for (let run = 0; run < 200; run++) {
      const evidence = new PairedEvidence();
      let everAbove = false;
      for (let t = 0; t < 200; t++) {
        evidence.update(rng.nextFloat() < 0.2 ? 1 : 0);
        everAbove ||= evidence.lowerBound(0.1) > 0.2;
      }
      if (everAbove) wrong++;
    }
    expect(wrong).toBeLessThanOrEqual(20);
    const [few, many] = [100, 1000].map((n) => evidenceOf(Array.from({ length: n }, (_, i) => (i % 5 ? 0 : 1))));
    expect(few?.lowerBound(0.05)).toBeGreaterThan(0.02);
    expect(many?.lowerBound(0.05)).toBeGreaterThan(0.14);
    expect(many?.lowerBound(0.05)).toBeLessThan(0.2);
    expect(many?.mean).toBeCloseTo(0.2, 12);
  });

  test('a long loser neither ends nor overflows, nor does a long winner', () => {
    const loser = evidenceOf(Array<number>(40_000).fill(-0.9));
    expect(loser.logEvidence).toBeLessThan(-400);
    expect(Number.isFinite(loser.logEvidence)).toBe(true);
    const resumed = new PairedEvidence();
    resumed.restore(loser.state());
    expect(resumed.logEvidence).toBe(loser.logEvidence);
    const winner = evidenceOf(Array<number>(5_000).fill(1));
    expect(winner.logEvidence).toBeCloseTo(5_000 * Math.log(1.9) + Math.log(0.2 / (1 - 0.8 ** 7)), 3);
  });

  test('resumes to the same bits', () => {
    const value = fc.double({ min: -1, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.array(value, { maxLength: 60 }), fc.array(value, { maxLength: 60 }), (before, after) => {
        const whole = evidenceOf([...before, ...after], { margin: -0.01 });
        const resumed = new PairedEvidence({ margin: -0.01 });
        resumed.restore(JSON.parse(JSON.stringify(evidenceOf(before, { margin: -0.01 }).state())));
        for (const one of after) resumed.update(one);
        expect(resumed.state()).toEqual(whole.state());
        expect(resumed.logEvidence).toBe(whole.logEvidence);
        expect(resumed.lowerBound(0.05)).toBe(whole.lowerBound(0.05));
      }),
    );
  });

  test('starts over', () => {
    const evidence = evidenceOf([1, 1, -1]);
    evidence.reset();
    expect(evidence.state()).toEqual(new PairedEvidence().state());
  });

  test.each([
    ['nothing', null],
    ['other options', new PairedEvidence({ least: -0.1 }).state()],
    ['a negative part', { ...new PairedEvidence().state(), capital: [-1, 0, 0, 0, 0, 0, 0] }],
    ['a number that is none', { ...new PairedEvidence().state(), sum: NaN }],
  ])('refuses a state that is %s', async (_, state) => {
    await expectCode(() => new PairedEvidence().restore(state), 'CHECKPOINT_CORRUPT');
  });

  test('refuses values and options for which nothing is proven', async () => {
    await expectCode(() => new PairedEvidence().update(-1.01), 'INVALID_DATA');
    await expectCode(() => new PairedEvidence().update(NaN), 'INVALID_DATA');
    await expectCode(() => new PairedEvidence({ least: 0 }), 'INVALID_CONFIG');
    await expectCode(() => new PairedEvidence({ margin: -1 }), 'INVALID_CONFIG');
  });
});

test('a difference of losses is cut at a whole loss', () => {
  expect(pairedDifference(0.5, 0.25, 1)).toBe(0.25);
  expect(pairedDifference(30, 0.5, 2)).toBe(0.75);
  expect(pairedDifference(0, Infinity, 2)).toBe(-1);
  expect(pairedDifference(NaN, 0, 2)).toBe(1);
});
