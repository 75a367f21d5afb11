import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { GateEvidence } from '../../src/versions/gate/evidence.ts';
import type { GateCheck } from '../../src/versions/gate/gate-check.ts';
import { runGate, type GateReport } from '../../src/versions/gate/run-gate.ts';

/** A challenger that is better in everything. */
const better: GateEvidence = {
  firstVersion: false,
  learnedCount: 500,
  recentLoss: { count: 300, mean: 0.08, maxLogEvidence: 5.5 },
  exemplarLosses: Array.from({ length: 40 }, (_, i) => ({ champion: 0.3, challenger: 0.25 + 0.1 * (i % 2) })),
  valueDifference: { lower: -0.02, upper: 0.07 },
  calibration: { champion: 0.05, challenger: 0.04, count: 300 },
  finiteWeights: true,
  sizeBytes: 40_000,
  latencyMs: { champion: 4, challenger: 4.4 },
  assertions: [{ name: 'in-stock first', passed: true }],
};

const failed = ({ checks }: GateReport): string[] => checks.filter(({ passed }) => !passed).map(({ name }) => name);

function check(evidence: Partial<GateEvidence>, name: string): GateCheck {
  const found = runGate({ ...better, ...evidence }).checks.find((one) => one.name === name);
  if (!found) throw new Error(`no check ${name}`);
  return found;
}

describe('runGate', () => {
  test('promotes what is better, and says by how much', () => {
    const report = runGate(better);
    expect(report.passed).toBe(true);
    expect(report.checks.map(({ name }) => name)).toEqual([
      'finite-weights',
      'size',
      'learned-enough',
      'recent-loss',
      'exemplars',
      'off-policy-value',
      'calibration',
      'latency',
      'assertion:in-stock first',
    ]);
    expect(check({}, 'recent-loss')).toEqual({
      name: 'recent-loss',
      passed: true,
      value: 5.5,
      threshold: -Math.log(0.05),
      explanation:
        "over 300 experiences its loss is 0.0800 lower than the champion's; that it is better is proven at 0.95",
    });
    expect(structuredClone(report)).toEqual(report);
  });

  test.each<[string, Partial<GateEvidence>]>([
    ['finite-weights', { finiteWeights: false }],
    ['size', { sizeBytes: 2 ** 26 }],
    ['learned-enough', { learnedCount: 9 }],
    ['recent-loss', { recentLoss: { count: 300, mean: 0.01, maxLogEvidence: 2.9 } }],
    ['recent-loss', { recentLoss: null }],
    ['exemplars', { exemplarLosses: Array(40).fill({ champion: 0.1, challenger: 0.2 }) }],
    ['exemplars', { exemplarLosses: Array(40).fill({ champion: 0.1, challenger: NaN }) }],
    ['off-policy-value', { valueDifference: { lower: NaN, upper: NaN } }],
    ['off-policy-value', { valueDifference: { lower: -0.2, upper: -0.001 } }],
    ['calibration', { calibration: { champion: 0.05, challenger: 0.2, count: 100 } }],
    ['latency', { latencyMs: { champion: 4, challenger: 6.1 } }],
    ['assertion:in-stock first', { assertions: [{ name: 'in-stock first', passed: false }] }],
  ])('%s alone stops it', (name, evidence) => {
    expect(failed(runGate({ ...better, ...evidence }))).toEqual([name]);
  });

  test('says everything that stands against it', () => {
    const report = runGate({ ...better, finiteWeights: false, valueDifference: { lower: -1, upper: -0.5 } });
    expect(failed(report)).toEqual(['finite-weights', 'off-policy-value']);
  });

  test('what was not measured stands in the report and stops nothing', () => {
    const report = runGate({
      ...better,
      exemplarLosses: Array(9).fill({ champion: 0, challenger: 1 }),
      valueDifference: null,
      calibration: { champion: 0, challenger: 1, count: 99 },
      latencyMs: null,
      assertions: [],
    });
    expect(report.passed).toBe(true);
    expect(report.checks.filter(({ value, threshold }) => value === null && threshold !== null)).toHaveLength(4);
  });

  test('a first version is not compared with a champion that has learned nothing', () => {
    const first = { ...better, firstVersion: true, recentLoss: null, latencyMs: { champion: 0.01, challenger: 9 } };
    expect(runGate(first).passed).toBe(true);
    expect(runGate(first).checks.map(({ name }) => name)).not.toContain('latency');
    expect(failed(runGate({ ...first, learnedCount: 3, finiteWeights: false }))).toEqual([
      'finite-weights',
      'learned-enough',
    ]);
    const unproven = { ...first, recentLoss: { count: 50, mean: -0.1, maxLogEvidence: 0 } };
    expect(failed(runGate(unproven))).toEqual(['recent-loss']);
  });

  test('fast enough is fast enough', () => {
    expect(check({ latencyMs: { champion: 0.1, challenger: 1.9 } }, 'latency').passed).toBe(true);
    expect(check({ latencyMs: { champion: 0, challenger: 2.1 } }, 'latency').passed).toBe(false);
  });

  test('options take the place of defaults', () => {
    expect(runGate(better, { alpha: 0.001 }).passed).toBe(false);
    expect(runGate(better, { maxSizeBytes: 39_999 }).passed).toBe(false);
  });

  test('worse losses on exemplars never help', () => {
    const losses = fc.record({ champion: fc.double({ min: 0, max: 1 }), challenger: fc.double({ min: 0, max: 0.5 }) });
    fc.assert(
      fc.property(fc.array(losses, { minLength: 10, maxLength: 12 }), (exemplarLosses) => {
        const valid = exemplarLosses.map(({ champion, challenger }) => ({
          champion: champion || 0,
          challenger: challenger || 0,
        }));
        const worse = valid.map(({ champion }) => ({ champion, challenger: 1 }));
        expect(check({ exemplarLosses: worse }, 'exemplars').value).toBeGreaterThanOrEqual(
          check({ exemplarLosses: valid }, 'exemplars').value ?? 1,
        );
      }),
    );
  });
});
