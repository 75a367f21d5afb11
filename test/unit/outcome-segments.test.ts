import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Rng } from '../../src/core/rng.ts';
import { ClassificationOutcome, type LabelledPrediction } from '../../src/monitor/outcome/classification-outcome.ts';
import { MeanInterval } from '../../src/monitor/outcome/mean-interval.ts';
import { SegmentedOutcome, type SegmentedOptions } from '../../src/monitor/outcome/segmented-outcome.ts';
import '../support/fixed-seed.ts';

const compared = [['device=phone', 'device=desktop']] as const;
const create = (options: SegmentedOptions = {}) =>
  new SegmentedOutcome((windows) => new ClassificationOutcome({ classes: 2, ...windows }), options);
const row = (right: boolean): LabelledPrediction => ({
  actual: 'a',
  predicted: right ? 'a' : 'b',
  probabilities: { a: 0.5, b: 0.5 },
});
const throughJson = (state: unknown): unknown => JSON.parse(JSON.stringify(state));

/** Phones are right in 60 %, desktops in 90 %. */
function simulated(count: number, seed = 1) {
  const rng = Rng.fromSeed(seed);
  const outcome = create({ compared });
  for (let i = 0; i < count; i++) {
    const phone = rng.nextFloat() < 0.5;
    const segments = [phone ? 'device=phone' : 'device=desktop'];
    outcome.update(row(rng.nextFloat() < (phone ? 0.6 : 0.9)), { modelVersion: 3, segments });
  }
  return outcome;
}

describe('segments', () => {
  test('each has figures of its own, by model version, and all together are those of the task', () => {
    const outcome = create();
    outcome.update(row(true), { modelVersion: 1, segments: ['x', 'y'] });
    outcome.update(row(false), { modelVersion: 1, segments: ['x', 'x'] });
    outcome.update(row(true), { modelVersion: 2 });
    const { all, modelVersions } = outcome.summary();
    expect(all.total).toMatchObject({ count: 3, accuracy: 2 / 3 });
    expect(modelVersions.map(({ modelVersion, all: { total } }) => [modelVersion, total.accuracy])).toEqual([
      [1, 0.5],
      [2, 1],
    ]);
    const ofFirst = modelVersions[0]?.segments.map(({ segment, outcome: { total } }) => [segment, total.count]);
    expect(ofFirst).toEqual([
      ['x', 2],
      ['y', 1],
    ]);
    expect(modelVersions[0]?.segments[0]?.outcome.sliding).toBeNull();
    expect(modelVersions[0]?.all.sliding?.count).toBe(2);
  });

  test('of many the first have a place, compared ones always, and the rest are one', () => {
    const outcome = create({ compared, maxSegments: 4 });
    for (let i = 0; i < 10; i++) outcome.update(row(true), { modelVersion: null, segments: [`page=${i}`] });
    outcome.update(row(false), { modelVersion: null, segments: ['device=phone'] });
    const segments = outcome.summary().modelVersions[0]?.segments;
    expect(segments?.map(({ segment, outcome: { total } }) => [segment, total.count])).toEqual([
      ['device=phone', 1],
      ['page=0', 1],
      ['page=1', 1],
      [null, 8],
    ]);
  });

  test('follows the model versions that were heard of last', () => {
    const outcome = create({ maxModelVersions: 2 });
    for (const modelVersion of [1, 2, 1, 3]) outcome.update(row(true), { modelVersion });
    expect(outcome.summary().modelVersions.map(({ modelVersion }) => modelVersion)).toEqual([1, 3]);
    expect(outcome.summary().all.total.count).toBe(4);
  });

  test('an observation that is refused changes nothing', () => {
    const outcome = create();
    const before = outcome.state();
    const wrong = { actual: 'a', predicted: 'a', probabilities: { a: 2 } };
    expect(() => outcome.update(wrong, { modelVersion: 1, segments: ['x'] })).toThrow(
      expect.objectContaining({ code: 'INVALID_DATA' }),
    );
    expect(outcome.state()).toEqual(before);
  });
});

describe('a gap between segments', () => {
  test('is refused below a count', () => {
    expect(simulated(60).summary().gaps).toEqual([
      {
        ...{
          measure: 'accuracy',
          segments: compared[0],
          modelVersion: 3,
          counts: [expect.any(Number), expect.any(Number)],
        },
        ...{ status: 'refused', reason: 'too-few-observations', least: 50 },
      },
    ]);
    expect(simulated(4000).gap('accuracy', ['device=phone', 'page=1'])).toMatchObject({ status: 'refused' });
    expect(simulated(4000).gap('unheard-of', compared[0])).toMatchObject({ status: 'refused', counts: [0, 0] });
    expect(simulated(4000).gap('accuracy', compared[0], 8)).toMatchObject({ status: 'refused', counts: [0, 0] });
  });

  test('gives difference and ratio, with intervals that hold the true ones', () => {
    const gap = simulated(4000).gap('accuracy', compared[0]);
    if (gap.status !== 'estimated') throw new Error(gap.reason);
    expect(gap.difference).toBeCloseTo(gap.means[0] - gap.means[1], 12);
    expect(gap.ratio).toBeCloseTo(gap.means[0] / gap.means[1], 12);
    expect(gap.counts[0] + gap.counts[1]).toBe(4000);
    const { differenceInterval: difference, ratioInterval: ratio } = gap;
    expect([difference.lower < -0.3, difference.upper > -0.3, difference.upper < -0.2]).toEqual([true, true, true]);
    expect([ratio.lower < 2 / 3, ratio.upper! > 2 / 3, ratio.upper! < 0.8]).toEqual([true, true, true]);
    expect(difference.level).toBe(0.95);
  });

  test('takes the worst ends of two intervals that share the error probability', () => {
    const outcome = create({ compared, gaps: { level: 0.9 } });
    const [phone, desktop] = [new MeanInterval(), new MeanInterval()];
    for (let i = 0; i < 300; i++) {
      outcome.update(row(i % 3 === 0), { modelVersion: 1, segments: ['device=phone'] });
      outcome.update(row(i % 5 > 0), { modelVersion: 1, segments: ['device=desktop'] });
      phone.update(Number(i % 3 === 0));
      desktop.update(Number(i % 5 > 0));
    }
    const [one, other] = [phone.interval(0.95), desktop.interval(0.95)];
    expect(outcome.gap('accuracy', compared[0])).toMatchObject({
      differenceInterval: { lower: one.lower - other.upper, upper: one.upper - other.lower, level: 0.9 },
      ratioInterval: { lower: one.lower / other.upper, upper: one.upper / other.lower, level: 0.9 },
    });
  });

  test('has no upper end of the ratio where the second mean may be 0', () => {
    const outcome = create({ compared, gaps: { least: 10 } });
    for (let i = 0; i < 20; i++) {
      outcome.update(row(true), { modelVersion: 1, segments: ['device=phone'] });
      outcome.update(row(false), { modelVersion: 1, segments: ['device=desktop'] });
    }
    const [gap] = outcome.summary().gaps;
    expect(gap).toMatchObject({ status: 'estimated', means: [1, 0], ratio: null, ratioInterval: { upper: null } });
    expect(throughJson(gap)).toEqual(gap);
  });
});

describe('the state', () => {
  test('resumes to the same bits', () => {
    const scope = fc.record({
      modelVersion: fc.constantFrom(null, 1, 2, 3),
      segments: fc.array(fc.constantFrom('device=phone', 'b', 'c', 'd', 'e'), { maxLength: 3 }),
    });
    const options = { compared, maxSegments: 4, maxModelVersions: 2, window: 5, halfLife: 4 };
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), scope), { maxLength: 30 }), fc.nat(30), (all, at) => {
        const [whole, before, after] = [create(options), create(options), create(options)];
        for (const [right, where] of all) whole.update(row(right), where);
        for (const [right, where] of all.slice(0, at)) before.update(row(right), where);
        after.restore(throughJson(before.state()));
        for (const [right, where] of all.slice(at)) after.update(row(right), where);
        expect(after.state()).toEqual(whole.state());
        expect(after.summary()).toEqual(whole.summary());
      }),
      { numRuns: 40 },
    );
  });

  test('is small: every segment of four model versions takes less than 200 kB', () => {
    const outcome = new SegmentedOutcome((windows) => new ClassificationOutcome({ classes: 3, ...windows }));
    for (let i = 0; i < 40 * 4 * 50; i++) {
      outcome.update(row(i % 3 === 0), { modelVersion: i % 4, segments: [`page=${i % 40}`] });
    }
    expect(JSON.stringify(outcome.state()).length).toBeLessThan(200_000);
  });

  test.each([
    ['another number of segments', { maxSegments: 5 }],
    ['other compared segments', { maxSegments: 4, compared: [['p', 'q']] as const }],
  ])('of %s is refused', (_, options) => {
    const outcome = create({ maxSegments: 4, compared });
    outcome.update(row(true), { modelVersion: 1, segments: ['x'] });
    expect(() => create(options).restore(outcome.state())).toThrow(expect.objectContaining({ code: 'INVALID_DATA' }));
  });

  test('that is damaged is refused', () => {
    const outcome = create({ maxSegments: 4 });
    outcome.update(row(true), { modelVersion: 1, segments: ['x'] });
    const state = throughJson(outcome.state()) as { modelVersions: [number, { segments: [number, unknown][] }][] };
    const version = state.modelVersions[0]!;
    const damaged: unknown[] = [
      null,
      { ...state, modelVersions: [version, version] },
      { ...state, modelVersions: [[1, { ...version[1], segments: [[5, version[1].segments[0]![1]]] }]] },
      { ...state, modelVersions: [[1, { ...version[1], segments: [[0, {}]] }]] },
    ];
    for (const one of damaged) {
      expect(() => create({ maxSegments: 4 }).restore(one)).toThrow(expect.objectContaining({ code: 'INVALID_DATA' }));
    }
  });

  test('too many compared segments are refused', () => {
    expect(() => create({ compared, maxSegments: 1 })).toThrow(expect.objectContaining({ code: 'INVALID_CONFIG' }));
  });
});
