import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Rng } from '../../src/core/rng.ts';
import { estimateUplift } from '../../src/monitor/sequential/estimate-uplift.ts';
import { logRatioEvidence, logUpliftEvidence } from '../../src/monitor/sequential/uplift-evidence.ts';
import { UpliftSequence, type UpliftDecision } from '../../src/monitor/sequential/uplift-sequence.ts';
import { addUpliftSums, emptyUpliftSums, type UpliftSums } from '../../src/monitor/sequential/uplift-sums.ts';
import { expectCode } from '../support/expect-code.ts';

const SIDES = [1, -1] as const;

function sumsOf(decisions: readonly UpliftDecision[]): UpliftSums {
  const sequence = new UpliftSequence();
  for (const decision of decisions) sequence.update(decision);
  return sequence.state();
}

/** Rewards of 0 or 1. */
function clicks(host: readonly [count: number, clicks: number], model: readonly [number, number]): UpliftSums {
  const arm = ([count, rewards]: readonly [number, number]) => ({ count, rewards, squares: rewards });
  return { host: arm(host), model: arm(model) };
}

interface Outcome {
  readonly decision: UpliftDecision;
  readonly probability: number;
}

/** Every sequence of outcomes, with its probability; what may happen at a step depends on the step. */
function expectation(steps: readonly (readonly Outcome[])[], of: (sums: UpliftSums) => number): number {
  const walk = (step: number, sums: UpliftSums): number => {
    const outcomes = steps[step];
    if (!outcomes) return of(sums);
    return outcomes.reduce(
      (total, { decision, probability }) =>
        total + probability * walk(step + 1, addUpliftSums(sums, sumsOf([decision]))),
      0,
    );
  };
  return walk(0, emptyUpliftSums);
}

/** A decision under this share, with mean rewards that are met by `values`, the first of them as often as the mean asks. */
function outcomes(share: number, hostMean: number, modelMean: number, values = [1, 0]): Outcome[] {
  const arm = (keptHostOrder: boolean, mean: number, chance: number): Outcome[] => {
    const rest = values.slice(1).reduce((sum, value) => sum + value, 0) / (values.length - 1);
    const first = (mean - rest) / (values[0]! - rest);
    return values.map((reward, index) => ({
      decision: { keptHostOrder, reward },
      probability: chance * (index === 0 ? first : (1 - first) / (values.length - 1)),
    }));
  };
  return [...arm(true, hostMean, share), ...arm(false, modelMean, 1 - share)];
}

describe('the evidence about an uplift', () => {
  test('is the capital of fixed bets around fixed centres', () => {
    // python: s, u = .05, .1; n = dict(H1=2, H0=10, M1=60, M0=140); w = [.9**k for k in range(12)]
    // def wealth(k, c): z = dict(H1=-(1-c)/s, H0=c/s, M1=(1-c)/(1-s), M0=-c/(1-s)); l = .9 * .5**k / (1 - min(z.values()))
    //   return math.prod((1 + l * (z[a] - u)) ** n[a] for a in n)
    // math.log(sum(v * a / sum(w) * wealth(k, c) for c, v in [(0, .4), (.2, .3), (.5, .2), (.85, .1)] for k, a in enumerate(w)))
    expect(logUpliftEvidence(0.1, 1, clicks([12, 2], [200, 60]), 0.05)).toBeCloseTo(-0.17059025645069417, 10);
    // The same with z and u negated: -z for every arm, u = -.1.
    expect(logUpliftEvidence(0.1, -1, clicks([12, 2], [200, 60]), 0.05)).toBeCloseTo(-0.509673889894022, 10);
  });

  test.each(SIDES)(
    'is not expected to grow while the uplift is the one bet on, whatever rewards do: side %i',
    (side) => {
      // The uplift stays 0.2 while both means drift.
      const steps = [0.1, 0.7, 0.4, 0.05, 0.8, 0.3].map((mean) => outcomes(0.2, mean, mean + 0.2));
      expect(expectation(steps, (sums) => Math.exp(logUpliftEvidence(0.2, side, sums, 0.2)))).toBeCloseTo(1, 9);
    },
  );

  test.each(SIDES)('does not grow with rewards between 0 and 1 either: side %i', (side) => {
    const steps = [0.3, 0.5, 0.4, 0.45].map((mean) => outcomes(0.3, mean, mean - 0.05, [1, 0, 0.5, 0.25]));
    const expected = expectation(steps, (sums) => Math.exp(logUpliftEvidence(-0.05, side, sums, 0.3)));
    expect(expected).toBeLessThanOrEqual(1 + 1e-9);
    expect(expected).toBeGreaterThan(0.9);
  });

  test.each(SIDES)('is not expected to grow while the ratio is the one bet on: side %i', (side) => {
    const steps = [0.1, 0.4, 0.25, 0.05, 0.3].map((mean) => outcomes(0.2, mean, 1.5 * mean));
    expect(expectation(steps, (sums) => Math.exp(logRatioEvidence(1.5, side, sums, 0.2)))).toBeCloseTo(1, 9);
  });

  test('rewards that hardly vary say more than clicks with the same means', () => {
    const even = {
      host: { count: 100, rewards: 30, squares: 9.2 },
      model: { count: 1900, rewards: 760, squares: 310 },
    };
    const clicked = clicks([100, 30], [1900, 760]);
    const [narrow, wide] = [even, clicked].map((sums) => estimateUplift(sums).interval);
    expect(narrow!.lower).toBeGreaterThan(wide!.lower + 0.05);
    expect(narrow!.upper).toBeLessThan(wide!.upper - 0.05);
  });
});

describe('estimateUplift', () => {
  const sums = clicks([1_000, 100], [19_000, 2_850]);

  test('says how much, how surely and from how much', () => {
    const estimate = estimateUplift(sums);
    expect(estimate).toMatchObject({ status: 'estimated', hostDecisions: 1_000, modelDecisions: 19_000, level: 0.95 });
    if (estimate.status !== 'estimated') throw new Error('refused');
    expect(estimate.value).toBeCloseTo(0.05, 12);
    expect(estimate.effectiveSamples).toBeCloseTo(3_800, 9);
    expect(estimate.interval.lower).toBeGreaterThan(0);
    expect(estimate.interval.lower).toBeLessThan(0.05);
    // 1.96 standard errors are 0.019; being valid at every time costs less than twice that.
    expect(estimate.interval.upper - estimate.interval.lower).toBeLessThan(0.075);
    expect(estimate.relative.value).toBeCloseTo(0.5, 12);
    expect(estimate.relative.lower).toBeGreaterThan(0);
    expect(estimate.relative.lower).toBeLessThan(0.5);
    expect(estimate.relative.upper).toBeGreaterThan(0.5);
    expect(estimate.relative.upper).toBeLessThan(1.2);
    expect(JSON.parse(JSON.stringify(estimate))).toEqual(estimate);
  });

  test('arms of equal shares that change places mirror the interval', () => {
    const half = estimateUplift(clicks([500, 100], [500, 150]), { share: 0.5 }).interval;
    const mirrored = estimateUplift(clicks([500, 150], [500, 100]), { share: 0.5 }).interval;
    expect(mirrored.lower).toBeCloseTo(-half.upper, 9);
    expect(mirrored.upper).toBeCloseTo(-half.lower, 9);
  });

  test.each([
    ['no-decisions', emptyUpliftSums],
    ['share-wrong', clicks([2_000, 100], [19_000, 2_850])],
    ['too-few-decisions', clicks([40, 10], [760, 100])],
    ['too-few-rewards', clicks([1_000, 4], [19_000, 100])],
  ])('refuses with a reason, and with an interval: %s', (reason, few) => {
    const estimate = estimateUplift(few);
    expect(estimate).toMatchObject({ status: 'refused', refusal: { reason } });
    expect(estimate.interval.lower).toBeLessThan(estimate.interval.upper);
  });

  test('knows nothing of decisions that were not drawn as declared', () => {
    expect(estimateUplift(clicks([2_000, 100], [19_000, 2_850])).interval).toEqual({ lower: -1, upper: 1 });
  });

  test('knows nothing of nothing', () => {
    expect(estimateUplift(emptyUpliftSums).interval).toEqual({ lower: -1, upper: 1 });
  });

  test('what the host never earned bounds no ratio above', () => {
    const estimate = estimateUplift(clicks([1_000, 0], [19_000, 400]), { floors: { rewards: 0 } });
    expect(estimate).toMatchObject({ status: 'estimated', relative: { value: null, upper: null } });
  });

  test('covers the mean uplift so far of visitors that differ, at every time looked at', () => {
    const rng = Rng.fromSeed(21);
    let missed = 0;
    for (let fleet = 0; fleet < 100; fleet++) {
      const sequence = new UpliftSequence();
      let [uplifts, wrong] = [0, false];
      for (let t = 1; t <= 2_000; t++) {
        // Visitors of 40 decisions each; some like what the model does, some do not.
        const [base, uplift] = Math.floor((t - 1) / 40) % 3 === 0 ? [0.5, 0.1] : [0.05, -0.02];
        uplifts += uplift;
        const keptHostOrder = rng.nextFloat() < 0.1;
        sequence.update({ keptHostOrder, reward: rng.nextFloat() < base + (keptHostOrder ? 0 : uplift) ? 1 : 0 });
        if (t % 50 > 0) continue;
        // Outside the interval of level 0.9.
        wrong ||= SIDES.some((side) => logUpliftEvidence(uplifts / t, side, sequence.state(), 0.1) >= Math.log(20));
      }
      if (wrong) missed++;
    }
    expect(missed).toBeLessThanOrEqual(10);
  });
});

describe('UpliftSequence', () => {
  const decision = fc.record({ keptHostOrder: fc.boolean(), reward: fc.constantFrom(0, 0.25, 0.5, 1) });

  test('a fleet is its devices added up', () => {
    fc.assert(
      fc.property(fc.array(fc.array(decision, { maxLength: 30 }), { maxLength: 6 }), (devices) => {
        const fleet = new UpliftSequence();
        for (const decisions of devices) fleet.add(sumsOf(decisions));
        expect(fleet.state()).toEqual(sumsOf(devices.flat()));
      }),
    );
  });

  test('resumes from what was stored', () => {
    const sequence = new UpliftSequence();
    sequence.restore(JSON.parse(JSON.stringify(clicks([60, 12], [1_000, 300]))));
    expect(sequence.estimate()).toEqual(estimateUplift(clicks([60, 12], [1_000, 300])));
    sequence.reset();
    expect(sequence.state()).toEqual(emptyUpliftSums);
  });

  test.each([
    ['nothing', undefined],
    ['one arm', { host: { count: 1, rewards: 0, squares: 0 } }],
    ['more rewards than decisions', clicks([1, 2], [1, 1])],
    ['squares above rewards', { ...emptyUpliftSums, model: { count: 5, rewards: 1, squares: 2 } }],
    ['half a decision', clicks([0.5, 0], [1, 1])],
  ])('refuses a state of %s', async (_, state) => {
    await expectCode(() => new UpliftSequence().restore(state), 'CHECKPOINT_CORRUPT');
  });

  test('refuses rewards and options that mean nothing', async () => {
    await expectCode(() => new UpliftSequence().update({ keptHostOrder: true, reward: 1.2 }), 'INVALID_DATA');
    await expectCode(() => new UpliftSequence().update({ keptHostOrder: true, reward: NaN }), 'INVALID_DATA');
    await expectCode(() => new UpliftSequence({ share: 0 }), 'INVALID_CONFIG');
    await expectCode(() => new UpliftSequence({ level: 1 }), 'INVALID_CONFIG');
  });
});
