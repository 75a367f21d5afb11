import { describe, expect, it } from 'vitest';
import type { BackendName, ComputeBackend, OpenBackend } from '../../src/compute/compute.ts';
import { openBackend } from '../../src/compute/open-backend.ts';
import {
  chooseBackends,
  probeBackends,
  shapeKey,
  type ProbeOptions,
  type ProbeResult,
} from '../../src/compute/probe/probe.ts';
import { systemClock, type Clock } from '../../src/core/clock.ts';
import { TendrilError } from '../../src/errors.ts';
import { learnedState, networkSpec } from '../conformance/compute-fixtures.ts';

const spec = networkSpec('softmax-cross-entropy', 40);
const forever = (): Promise<never> => new Promise(() => {});

function options(names: BackendName[], open: OpenBackend, more: Partial<ProbeOptions> = {}): ProbeOptions {
  const yieldToEvents = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  return {
    names,
    open,
    spec,
    state: learnedState(spec, 1),
    clock: systemClock,
    delay: forever,
    yieldToEvents,
    ...more,
  };
}

const unmeasured = {
  predictMs: null,
  predictBatchMs: null,
  learnMs: null,
  readMs: null,
  createMs: null,
  samples: 0,
} as const;

/** @param times of a prediction, a step, reading the state and making a network; null where nothing was measured */
function result(backend: BackendName, times: readonly [number, number, number?, number?] | null): ProbeResult {
  const common = { backend, deviceKey: backend, available: times !== null, reason: null };
  if (!times) return { ...common, ...unmeasured };
  const [predictMs, learnMs, readMs = 5, createMs = 5] = times;
  return { ...common, predictMs, predictBatchMs: predictMs, learnMs, readMs, createMs, samples: 5 };
}

describe('chooseBackends', () => {
  const alone = (backend: BackendName) => ({ predict: backend, learn: backend });

  it('takes the smallest sum, not the smallest part', () => {
    const results = [result('webgpu', [2, 0.5]), result('wasm', [0.2, 1.5]), result('cpu', [0.1, 3])];
    expect(chooseBackends(results)).toEqual(alone('wasm'));
  });

  it('takes the earlier of equals, and nothing when nothing was measured', () => {
    expect(chooseBackends([result('wasm', [1, 2]), result('cpu', [2, 1])])).toEqual(alone('wasm'));
    expect(chooseBackends([result('webgpu', null), result('cpu', [2, 1])])).toEqual(alone('cpu'));
    expect(chooseBackends([result('webgpu', null)])).toBeUndefined();
  });

  it('takes two where that is a fifth faster with the copies', () => {
    const gpu = result('webgpu', [8, 5, 2]);
    expect(chooseBackends([gpu, result('cpu', [0.4, 60, 0, 0.6])])).toEqual({ predict: 'cpu', learn: 'webgpu' });
    // 8 + 5 against 0.4 + 5 + 2 + 3: no fifth less.
    expect(chooseBackends([gpu, result('cpu', [0.4, 60, 0, 3.1])])).toEqual(alone('webgpu'));
  });
});

describe('probeBackends', () => {
  it('measures real backends, reports plain data and gives back what it did not choose', async () => {
    const released: ComputeBackend[] = [];
    const opened: ComputeBackend[] = [];
    const open: OpenBackend = async (name) => {
      const backend = await openBackend(name);
      opened.push(backend);
      return backend;
    };
    const clock: Clock = { ...systemClock, nowMs: () => 1234 };
    const report = await probeBackends(
      options(['wasm', 'cpu'], open, { clock, release: (backend) => released.push(backend) }),
    );
    expect(structuredClone(report)).toEqual(report);
    expect(report.results.map(({ backend, deviceKey, available }) => [backend, deviceKey, available])).toEqual([
      ['wasm', 'wasm:simd:fused', true],
      ['cpu', 'cpu', true],
    ]);
    for (const { predictMs, predictBatchMs, learnMs, readMs, createMs } of report.results) {
      for (const ms of [predictMs, predictBatchMs, learnMs, readMs, createMs]) expect(ms).toBeGreaterThan(0);
    }
    const { chosen: predict, learning: learn } = report;
    expect({ predict, learn }).toEqual(chooseBackends(report.results));
    expect(report).toMatchObject({ shapeKey: shapeKey(spec), measuredAtMs: 1234 });
    expect(report.why).toMatch(/wasm takes [\d.]+ ms a prediction and [\d.]+ ms a training step; cpu takes/);
    expect(released.map(({ name }) => name)).toEqual(
      ['wasm', 'cpu'].filter((name) => name !== predict && name !== learn),
    );
    for (const backend of opened) {
      expect(backend.memory().tensors).toBe(0);
      backend.dispose();
    }
  });

  it('goes on without a backend that is not available, and says why it is out', async () => {
    const open: OpenBackend = (name) =>
      name === 'cpu'
        ? openBackend(name)
        : Promise.reject(new TendrilError('BACKEND_UNAVAILABLE', { backend: name, reason: 'no adapter' }));
    const report = await probeBackends(options(['webgpu', 'cpu'], open));
    expect(report.chosen).toBe('cpu');
    expect(report.results[0]).toEqual({
      backend: 'webgpu',
      deviceKey: null,
      available: false,
      reason: 'Compute backend "webgpu" is not available: no adapter',
      ...unmeasured,
    });
    expect(report.why).toContain('webgpu is out');
  });

  it('does not wait for a driver that hangs longer than the limit', async () => {
    const limits: number[] = [];
    const open: OpenBackend = (name) => (name === 'cpu' ? openBackend(name) : forever());
    // Time passes at once for the backend that hangs and never for the one that answers.
    const delay = (ms: number): Promise<void> => (limits.push(ms) === 1 ? Promise.resolve() : forever());
    const report = await probeBackends(options(['webgpu', 'cpu'], open, { delay, timeLimitMs: 700 }));
    expect(limits).toEqual([700, 700]);
    expect(report.chosen).toBe('cpu');
    expect(report.results[0]).toMatchObject({ available: false, reason: 'it took longer than 700 ms' });
  });

  it('releases a backend that opens after its time was over', async () => {
    let openLate: (backend: ComputeBackend) => void = () => {};
    const open: OpenBackend = (name) =>
      name === 'cpu' ? openBackend(name) : new Promise((resolve) => (openLate = resolve));
    let release: (backend: ComputeBackend) => void = () => {};
    const released = new Promise<ComputeBackend>((resolve) => (release = resolve));
    let delays = 0;
    const delay = (): Promise<void> => (delays++ === 0 ? Promise.resolve() : forever());
    await probeBackends(options(['wasm', 'cpu'], open, { delay, release: (backend) => release(backend) }));
    const late = await openBackend('wasm');
    openLate(late);
    expect(await released).toBe(late);
    late.dispose();
  });

  it('fails when no backend can be measured', async () => {
    const open: OpenBackend = () => Promise.reject(new Error('nothing here'));
    await expect(probeBackends(options(['webgpu', 'wasm'], open))).rejects.toEqual(
      expect.objectContaining({ code: 'BACKEND_UNAVAILABLE' }),
    );
  });

  it('lets waiting work in between timings', async () => {
    let yields = 0;
    const yieldToEvents = async (): Promise<void> => void yields++;
    await probeBackends(options(['cpu'], openBackend, { yieldToEvents }));
    expect(yields).toBeGreaterThan(10);
  });
});
