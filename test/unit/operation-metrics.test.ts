import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FallbackShare } from '../../src/monitor/operation/fallback-share.ts';
import { OperationMetrics } from '../../src/monitor/operation/operation-metrics.ts';
import '../support/fixed-seed.ts';

const throughJson = (state: unknown): unknown => JSON.parse(JSON.stringify(state));
const hints = {
  deviceClass: 'low',
  cores: 4,
  memoryGb: 2,
  batteryLevel: 0.3,
  charging: false,
  saveData: null,
} as const;
const refused = expect.objectContaining({ code: 'INVALID_DATA' });

describe('the share of fallbacks', () => {
  test('by reason, over each window', () => {
    const fallbacks = new FallbackShare({ window: 4, halfLife: 1 });
    const reasons = ['WORKER_LOST', 'DEADLINE_EXCEEDED', null, null, 'DEADLINE_EXCEEDED', null];
    for (const reason of reasons) fallbacks.update(reason);
    const { total, sliding, decaying } = fallbacks.summary();
    expect(total).toEqual({
      ...{ count: 6, share: 0.5 },
      reasons: [
        { reason: 'WORKER_LOST', share: 1 / 6 },
        { reason: 'DEADLINE_EXCEEDED', share: 2 / 6 },
      ],
    });
    expect(sliding).toEqual({ count: 4, share: 0.25, reasons: [{ reason: 'DEADLINE_EXCEEDED', share: 0.25 }] });
    // Weights 1/32 … 1: (1/32 + 1/16 + 1/2) of 63/32
    expect(decaying.share).toBeCloseTo(19 / 63, 12);
  });

  test('of many reasons the first are named', () => {
    const fallbacks = new FallbackShare();
    expect(fallbacks.summary().total).toEqual({ count: 0, share: null, reasons: [] });
    for (let i = 0; i < 20; i++) fallbacks.update(`CODE_${i}`);
    const { share, reasons } = fallbacks.summary().total;
    expect(share).toBe(1);
    expect(reasons).toHaveLength(17);
    expect(reasons.at(-1)).toEqual({ reason: null, share: 0.2 });
  });
});

describe('operation', () => {
  test('says null before anything happened', () => {
    const { prediction, queue, storage, device, backends } = new OperationMetrics().summary();
    expect(prediction.total).toEqual({ count: 0, p50Ms: null, p95Ms: null, p99Ms: null });
    expect(queue).toEqual({ last: 0, most: 0, mean: { total: null, sliding: null, decaying: null } });
    expect([storage, device, backends]).toEqual([null, null, { changes: 0, last: [] }]);
  });

  test('gathers what was told', () => {
    const operation = new OperationMetrics({ window: 2, halfLife: 10 });
    for (let i = 1; i <= 100; i++) operation.predicted(i);
    operation.learned(20);
    for (const length of [5, 0, 1]) operation.queued(length);
    operation.stored({ usedBytes: 30, quotaBytes: 120 });
    operation.device(hints);
    for (let i = 0; i < 10; i++) operation.backendChanged({ from: 'cpu', to: 'wasm', reason: 'FASTER', atMs: i });
    operation.decided(null);
    const { prediction, learning, queue, storage, device, backends, fallback } = operation.summary();
    expect(prediction.total.p95Ms! / 95).toBeCloseTo(1, 1);
    expect(prediction.longestMs).toBe(100);
    expect(learning.total.count).toBe(1);
    expect(queue).toMatchObject({ last: 1, most: 5, mean: { total: 2, sliding: 0.5 } });
    expect(storage).toEqual({ usedBytes: 30, quotaBytes: 120, share: 0.25 });
    expect(device).toEqual(hints);
    expect(backends.changes).toBe(10);
    expect(backends.last.map(({ atMs }) => atMs)).toEqual([2, 3, 4, 5, 6, 7, 8, 9]);
    expect(fallback.total.share).toBe(0);
    operation.stored({ usedBytes: 30, quotaBytes: null });
    expect(operation.summary().storage?.share).toBeNull();
  });

  test.each([
    ['a queue', (one: OperationMetrics) => one.queued(-1)],
    ['a duration', (one: OperationMetrics) => one.predicted(NaN)],
    ['a use of storage', (one: OperationMetrics) => one.stored({ usedBytes: 1.5, quotaBytes: null })],
    ['a battery', (one: OperationMetrics) => one.device({ ...hints, batteryLevel: 30 })],
    ['a change', (one: OperationMetrics) => one.backendChanged({ from: null, to: 'cpu', reason: 'X', atMs: NaN })],
  ])('%s outside its range is refused', (_, tell) => {
    const operation = new OperationMetrics();
    const before = operation.state();
    expect(() => tell(operation)).toThrow(refused);
    expect(operation.state()).toEqual(before);
  });

  test('resumes to the same bits', () => {
    const event = fc.oneof(
      fc.double({ min: 0, max: 1e5, noNaN: true }).map((ms) => (one: OperationMetrics) => one.predicted(ms)),
      fc.double({ min: 0, max: 1e5, noNaN: true }).map((ms) => (one: OperationMetrics) => one.learned(ms)),
      fc.nat(20).map((length) => (one: OperationMetrics) => one.queued(length)),
      fc.option(fc.constantFrom('A', 'B')).map((reason) => (one: OperationMetrics) => one.decided(reason)),
      fc.nat().map((usedBytes) => (one: OperationMetrics) => one.stored({ usedBytes, quotaBytes: 2 ** 31 })),
      fc
        .nat()
        .map((atMs) => (one: OperationMetrics) => one.backendChanged({ from: null, to: 'wasm', reason: 'X', atMs })),
      fc.constant((one: OperationMetrics) => one.device(hints)),
    );
    fc.assert(
      fc.property(fc.array(event, { maxLength: 40 }), fc.nat(40), (all, at) => {
        const [whole, before, after] = [1, 2, 3].map(() => new OperationMetrics({ window: 4 })) as [
          OperationMetrics,
          OperationMetrics,
          OperationMetrics,
        ];
        for (const tell of all) tell(whole);
        for (const tell of all.slice(0, at)) tell(before);
        after.restore(throughJson(before.state()));
        for (const tell of all.slice(at)) tell(after);
        expect(after.state()).toEqual(whole.state());
        expect(after.summary()).toEqual(whole.summary());
      }),
      { numRuns: 50 },
    );
  });

  test('a damaged state is refused', () => {
    const operation = new OperationMetrics();
    operation.decided('A');
    operation.predicted(3);
    const state = throughJson(operation.state()) as Record<string, unknown>;
    for (const key of Object.keys(state)) {
      expect(() => new OperationMetrics().restore({ ...state, [key]: 'x' }), key).toThrow(refused);
    }
    expect(() => new OperationMetrics().restore([])).toThrow(refused);
  });
});
