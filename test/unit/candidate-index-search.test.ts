import { afterEach, describe, expect, it, vi } from 'vitest';
import { HostCandidateIndex } from '../../src/compute/candidate-index/host-candidate-index.ts';
import { ScoreError } from '../../src/compute/candidate-index/score-error.ts';
import {
  chooseSearch,
  countBucket,
  probeSearch,
  searchKey,
  type SearchProbeOptions,
} from '../../src/compute/candidate-index/search-probe.ts';
import { measureSearch } from '../../src/compute/candidate-index/search-timing.ts';
import type { BackendName } from '../../src/compute/compute.ts';
import { openBackend } from '../../src/compute/open-backend.ts';
import { systemClock } from '../../src/core/clock.ts';
import { Rng } from '../../src/core/rng.ts';
import { randomRows } from '../conformance/candidate-index-reference.ts';

const storages = ['int8', 'float32'] as const;
const forever = (): Promise<never> => new Promise(() => undefined);
const macrotask = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
afterEach(() => {
  vi.restoreAllMocks();
});

function options(names: BackendName[], more: Partial<SearchProbeOptions> = {}): SearchProbeOptions {
  return {
    ...{ names, open: openBackend, storages, clock: systemClock, delay: forever, yieldToEvents: macrotask },
    shape: { features: 16, count: 2000, k: 10 },
    ...more,
  };
}

/** A search takes a microsecond a row; nothing else takes any time. */
function timedByRows() {
  const time = { ms: 0, searched: [] as number[], yields: 0 };
  vi.spyOn(HostCandidateIndex.prototype, 'search').mockImplementation(function (this: HostCandidateIndex) {
    time.searched.push(this.count);
    time.ms += this.count / 1000;
    return Promise.resolve({ slots: new Int32Array(0), scores: new Float32Array(0) });
  });
  const stopwatch = {
    clock: { monotonicMs: () => time.ms },
    yieldToEvents: () => Promise.resolve(void time.yields++),
    isAbandoned: () => false,
  };
  return { time, stopwatch };
}

describe('the time of a search', () => {
  it('is that of all rows, where they are few', async () => {
    const { time, stopwatch } = timedByRows();
    const shape = { features: 16, count: 3000, k: 10 };
    const [timing] = await measureSearch({ name: 'cpu' }, shape, ['float32'], stopwatch);
    expect(timing).toMatchObject({ storage: 'float32', measuredCount: 3000 });
    expect(timing?.searchMs).toBeCloseTo(3, 9);
    expect(new Set(time.searched)).toEqual(new Set([3000]));
  });

  it('is that of two numbers of rows in a line, where they are many: no more are made than 8 MB hold', async () => {
    const { time, stopwatch } = timedByRows();
    const shape = { features: 512, count: 1_000_000, k: 10 };
    const [timing] = await measureSearch({ name: 'cpu' }, shape, ['float32'], stopwatch);
    expect(timing?.measuredCount).toBe(4096);
    expect(timing?.searchMs).toBeCloseTo(1000, 6);
    expect([...new Set(time.searched)]).toEqual([1024, 4096]);
    // Rows come in pieces of 256 kB, with a pause before each, and before each timing.
    expect(time.yields).toBe(4096 / 128 + 2 * (2 + 5));
  });

  it('is not waited for by whoever has given it up, in the middle of filling too', async () => {
    const { time, stopwatch } = timedByRows();
    const shape = { features: 512, count: 4096, k: 10 };
    const dispose = vi.spyOn(HostCandidateIndex.prototype, 'dispose');
    const measured = measureSearch({ name: 'cpu' }, shape, storages, {
      ...stopwatch,
      isAbandoned: () => time.yields > 10,
    });
    await expect(measured).rejects.toThrow('abandoned');
    expect([time.yields, time.searched.length, dispose.mock.calls.length]).toEqual([11, 0, 1]);
  });
});

describe('probeSearch', () => {
  it('measures each storage on real backends and reports plain data', async () => {
    const clock = { ...systemClock, nowMs: () => 1234 };
    const report = await probeSearch(options(['wasm', 'cpu'], { clock }));
    expect(structuredClone(report)).toEqual(report);
    expect(report.results.map(({ backend, deviceKey, available }) => [backend, deviceKey, available])).toEqual([
      ['wasm', 'wasm:simd:fused', true],
      ['cpu', 'cpu', true],
    ]);
    for (const { searches } of report.results) {
      expect(searches.map(({ storage }) => storage)).toEqual(storages);
      for (const { searchMs } of searches) expect(searchMs).toBeGreaterThan(0);
    }
    const { chosen: backend, storage } = report;
    expect(chooseSearch(report.results)).toMatchObject({ backend, storage });
    expect(report).toMatchObject({ shapeKey: 'top-10/2000-16/float32+int8', measuredAtMs: 1234 });
    expect(report.why).toMatch(
      /^(wasm|cpu) searches up to 2000 rows of 16 numbers the fastest here, held in \w+: wasm/,
    );
  });

  it('goes on without a backend that is not there, or that hangs, and says why it is out', async () => {
    const open = (name: BackendName) => (name === 'wasm' ? forever() : openBackend(name));
    let delays = 0;
    const delay = () => (++delays === 2 ? Promise.resolve() : forever());
    // In Node there is no WebGPU.
    const report = await probeSearch(options(['webgpu', 'wasm', 'cpu'], { open, delay, timeLimitMs: 70 }));
    expect(report.chosen).toBe('cpu');
    expect(report.results.map(({ reason, searches }) => [reason, searches.length])).toEqual([
      [expect.stringContaining('WebGPU'), 0],
      ['it took longer than 70 ms', 0],
      [null, 2],
    ]);
    const none = probeSearch(options(['webgpu']));
    await expect(none).rejects.toEqual(expect.objectContaining({ code: 'BACKEND_UNAVAILABLE' }));
  });

  it('chooses the least time, the earlier of equals', () => {
    const result = (backend: BackendName, int8Ms: number, float32Ms: number) => ({
      ...{ backend, deviceKey: backend, available: true, reason: null },
      searches: [
        { storage: 'int8' as const, searchMs: int8Ms, measuredCount: 1 },
        { storage: 'float32' as const, searchMs: float32Ms, measuredCount: 1 },
      ],
    });
    const out = { ...result('webgpu', 1, 1), available: false, reason: 'gone', searches: [] };
    const chosen = (...results: Parameters<typeof chooseSearch>[0]) => {
      const choice = chooseSearch(results);
      return choice && [choice.backend, choice.storage];
    };
    expect(chosen(out, result('wasm', 2, 1), result('cpu', 1, 1))).toEqual(['wasm', 'float32']);
    expect(chosen(result('wasm', 2, 2), result('cpu', 3, 1.9))).toEqual(['cpu', 'float32']);
    expect(chosen(result('wasm', 2, 2))).toEqual(['wasm', 'int8']);
    expect(chosen(out)).toBeUndefined();
  });

  it('is for a number of candidates up to the next power of four', () => {
    expect([1, 2, 4, 5, 1024, 1025, 4096, 4097, 1_000_000].map(countBucket)).toEqual([
      1, 4, 4, 16, 1024, 4096, 4096, 16_384, 1_048_576,
    ]);
    const shape = { features: 8, count: 16, k: 4 };
    expect(searchKey(shape, ['int8', 'float32'])).toBe(searchKey(shape, ['float32', 'int8']));
  });
});

it('what a score may be off by is small for embeddings, and grows with what they are', () => {
  const rng = Rng.fromSeed(1);
  const features = 256;
  const unit = (rows: Float32Array) => rows.map((value) => value / Math.sqrt(features));
  const rows = unit(randomRows(rng, 200, features));
  const query = unit(randomRows(rng, 1, features));
  const boundOf = (storage: 'int8' | 'float16' | 'float32') => {
    const error = new ScoreError(features, storage);
    expect(error.of(query)).toBeLessThan(1e-20);
    error.take(rows);
    const bound = error.of(query);
    error.take(rows.map((value) => 4 * value));
    expect(error.of(query) / bound).toBeCloseTo(4, 1);
    return bound;
  };
  expect(boundOf('float32')).toBeLessThan(5e-5);
  expect(boundOf('float16')).toBeLessThan(5e-4);
  expect(boundOf('int8')).toBeLessThan(0.02);
  const one = new ScoreError(2, 'float16');
  // Below the normal halves a GPU may take them for nothing.
  one.take(Float32Array.of(2 ** -16, 0));
  expect(one.of(Float32Array.of(1, 0))).toBeGreaterThanOrEqual(2 ** -16);
});
