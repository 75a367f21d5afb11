import { beforeAll, describe, expect, it } from 'vitest';
import type { BackendName, ComputeBackend } from '../../src/compute/compute.ts';
import { shapeKey, type ProbeReport } from '../../src/compute/probe/probe.ts';
import { expectedSpec } from '../../src/learners/fresh-learner.ts';
import { parseTask } from '../../src/learners/task-schema.ts';
import { MemoryStore } from '../../src/memory/memory-store.ts';
import { Backends } from '../../src/runtime/backends.ts';
import type { ModelHost } from '../../src/runtime/model-host.ts';
import { TaskBackend } from '../../src/runtime/task-backend.ts';
import { learnedState } from '../conformance/compute-fixtures.ts';
import { openInNode } from '../conformance/compute-open-in-node.ts';
import { breakableBackend, type BreakableBackend } from '../support/breakable-backend.ts';
import { circleTask } from '../support/events.ts';
import { MovableClock } from '../support/movable-clock.ts';

const DAY_MS = 86_400_000;
const task = parseTask(circleTask);
const spec = expectedSpec(task)!;
const names: readonly BackendName[] = ['webgpu', 'cpu'];

let cpu: ComputeBackend;
beforeAll(async () => {
  cpu = await openInNode('cpu');
});

/** A device on which the cpu predicts and the GPU learns, as was measured at an earlier visit. */
async function device() {
  const store = new MemoryStore();
  const clock = new MovableClock();
  const timings = { predictBatchMs: 1, readMs: 1, createMs: 1, samples: 5, available: true, reason: null } as const;
  const probe: ProbeReport = {
    ...{ chosen: 'cpu', learning: 'webgpu', why: 'measured', shapeKey: shapeKey(spec), measuredAtMs: clock.nowMs() },
    results: [
      { backend: 'webgpu', deviceKey: 'webgpu:breakable', predictMs: 9, learnMs: 1, ...timings },
      { backend: 'cpu', deviceKey: 'cpu', predictMs: 1, learnMs: 90, ...timings },
    ],
  };
  await store.putSetting(`probe/${shapeKey(spec)}/cpu+webgpu`, probe);
  const gpus: BreakableBackend[] = [];
  const closed: string[] = [];
  const visit = () => {
    const open = (name: BackendName): Promise<ComputeBackend> => {
      if (name === 'cpu') return Promise.resolve({ ...cpu, dispose: () => closed.push('cpu') });
      const gpu = breakableBackend(cpu, 1);
      gpus.push(gpu);
      return Promise.resolve(gpu.backend);
    };
    return new Backends(open, names, store, { clock, delay: clock.delay, yieldToEvents: () => Promise.resolve() });
  };
  return { clock, visit, gpus, closed };
}

describe('backends', () => {
  it('predict on one and learn on another, where that was measured to be faster', async () => {
    const { visit, closed, gpus } = await device();
    const backends = visit();
    const { backend, status } = await backends.first(spec);
    expect([backend.name, backend.deviceKey]).toEqual(['cpu', 'cpu+webgpu:breakable']);
    expect(status).toMatchObject({ serving: 'cpu', settled: true, why: 'remembered: measured' });
    await backends.closeAllBut([backend]);
    expect([closed, gpus.map((gpu) => gpu.isDisposed())]).toEqual([[], [false]]);
    await backends.closeAllBut([]);
    expect([closed, gpus.map((gpu) => gpu.isDisposed())]).toEqual([['cpu'], [true]]);
    expect((await backends.reopen(backend)).deviceKey).toBe(backend.deviceKey);
    expect(gpus).toHaveLength(2);
  });

  it('go on with what is left of two, and leave alone what fails twice within a day', async () => {
    const { visit, clock } = await device();
    const fail = async () => {
      const backends = visit();
      const { backend, status } = await backends.first(spec);
      expect(() => backend.createNetwork(spec, learnedState(spec, 1))).toThrow('the device is gone');
      const failed = await backends.failed(backend, await backend.lost, false);
      expect(failed).toEqual(['webgpu']);
      // Another task on it: the same failure.
      expect(await backends.failed(backend, 'gone', false)).toEqual(['webgpu']);
      const next = await backends.fallback(failed, 'gone', status.probe);
      expect(next).toMatchObject({ backend: { deviceKey: 'cpu' }, status: { why: 'webgpu failed: gone' } });
    };
    await fail();
    clock.move(DAY_MS / 2);
    await fail();
    const third = await visit().first(spec);
    expect(third).toMatchObject({ backend: { deviceKey: 'cpu' }, status: { settled: true } });
    clock.move(DAY_MS);
    expect((await visit().first(spec)).backend.deviceKey).toBe('cpu+webgpu:breakable');
  });

  it('are not opened again on the same day after a fatal failure', async () => {
    const { visit } = await device();
    const backends = visit();
    const { backend } = await backends.first(spec);
    await backends.failed(backend, 'out of memory', true);
    expect((await visit().first(spec)).backend.deviceKey).toBe('cpu');
  });
});

it('predictions that take much longer than was measured, for a while, have it measured again', async () => {
  const { visit, clock } = await device();
  const world = { busy: false, contradicted: 0 };
  const slow: ComputeBackend = {
    ...cpu,
    createNetwork(...given) {
      const network = cpu.createNetwork(...given);
      return {
        ...{ spec: network.spec, backend: 'cpu', dispose: () => network.dispose() },
        ...{ learn: network.learn, lastLoss: network.lastLoss, state: network.state },
        ...{ gradients: network.gradients, squaredGradients: network.squaredGradients },
        predict(...asked) {
          clock.move(10);
          return network.predict(...asked);
        },
      };
    },
  };
  const backends = visit();
  const { status } = await backends.first(spec);
  backends.first = () => Promise.resolve({ backend: slow, status });
  const taskBackend = await TaskBackend.first(task, {
    ...{ backends, clock, onChange: () => undefined, restart: () => Promise.resolve(false) },
    onError: (caught) => {
      throw caught;
    },
    isBusy: () => world.busy,
    onContradicted: () => world.contradicted++,
  });
  let loaded: ComputeBackend | null = null;
  const host = { load: (backend: ComputeBackend) => ((loaded = backend), Promise.resolve()) };
  await taskBackend.open(host as unknown as ModelHost);
  const network = loaded!.createNetwork(spec, learnedState(spec, 1));
  const row = new Float32Array(spec.inputSize);
  const predict = async (times: number, rows: number) => {
    const inputs = new Float32Array(rows * spec.inputSize);
    for (let time = 0; time < times; time++) await network.predict(rows === 1 ? row : inputs, rows);
  };
  // Three windows of 64 contradict; what has many rows, or was asked of a busy device, says nothing.
  await predict(191, 1);
  await predict(64, 2);
  world.busy = true;
  await predict(64, 1);
  world.busy = false;
  expect(world.contradicted).toBe(0);
  await predict(1, 1);
  expect(world.contradicted).toBe(1);
  await predict(400, 1);
  expect(world.contradicted, 'once in a worker').toBe(1);
  network.dispose();
});
