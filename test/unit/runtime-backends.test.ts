import { beforeAll, describe, expect, it } from 'vitest';
import type { BackendName, ComputeBackend } from '../../src/compute/compute.ts';
import { openBackend } from '../../src/compute/open-backend.ts';
import { shapeKey, type ProbeReport, type ProbeResult } from '../../src/compute/probe/probe.ts';
import { TendrilError } from '../../src/errors.ts';
import { expectedSpec } from '../../src/learners/fresh-learner.ts';
import { parseTask } from '../../src/learners/task-schema.ts';
import { MemoryStore } from '../../src/memory/memory-store.ts';
import { BackendKeeper } from '../../src/runtime/backend-keeper.ts';
import { BackendPool } from '../../src/runtime/backend-pool.ts';
import { Backends, type ChosenBackend } from '../../src/runtime/backends.ts';
import type { Environment } from '../../src/runtime/environment.ts';
import type { ModelHost } from '../../src/runtime/model-host.ts';
import type { RunningTask } from '../../src/runtime/running-task.ts';
import { TaskBackend } from '../../src/runtime/task-backend.ts';
import { learnedState } from '../conformance/compute-fixtures.ts';
import { unknownDevice } from '../../src/versions/learning-plan.ts';
import { breakableBackend, type BreakableBackend } from '../support/breakable-backend.ts';
import { circleTask } from '../support/events.ts';
import { MovableClock } from '../support/movable-clock.ts';

const DAY_MS = 86_400_000;
const task = parseTask(circleTask);
const spec = expectedSpec(task)!;
const names: readonly BackendName[] = ['webgpu', 'cpu'];
const probeKey = `probe/${shapeKey(spec)}/cpu+webgpu`;

let cpu: ComputeBackend;
beforeAll(async () => {
  cpu = await openBackend('cpu');
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
  await store.putSetting(probeKey, probe);
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
  return { clock, visit, gpus, closed, store, probe };
}

/** What the backends choose behind the first answers. */
async function chosenBy(backends: Backends): Promise<ChosenBackend> {
  const used: ChosenBackend[] = [];
  const use = (chosen: ChosenBackend) => void used.push(chosen);
  if (!(await backends.resume(spec, use))) await backends.choose(spec, learnedState(spec, 1), use);
  return used[0]!;
}

/** The same, where nothing must be measured for it. */
async function remembered(backends: Backends): Promise<ChosenBackend> {
  const chosen = await chosenBy(backends);
  expect(chosen.status.why).toContain('remembered');
  return chosen;
}

describe('backends', () => {
  it('predict on one and learn on another, where that was measured to be faster: the cpu serves until they are open', async () => {
    const { visit, closed, gpus } = await device();
    const backends = visit();
    const { pool } = backends;
    const first = await backends.first();
    expect(first).toMatchObject({ backend: { deviceKey: 'cpu' }, status: { serving: 'cpu', settled: false } });
    expect(gpus).toHaveLength(0);
    const { backend, status } = await remembered(backends);
    expect([backend.name, backend.deviceKey]).toEqual(['cpu', 'cpu+webgpu:breakable']);
    expect(status).toMatchObject({ serving: 'cpu', settled: true, why: 'remembered: measured' });
    pool.closeAllBut([backend]);
    expect([closed, gpus.map((gpu) => gpu.isDisposed())]).toEqual([[], [false]]);
    pool.closeAllBut([]);
    expect([closed, gpus.map((gpu) => gpu.isDisposed())]).toEqual([['cpu'], [true]]);
    expect((await pool.openBoth(pool.choiceOf(backend))).deviceKey).toBe(backend.deviceKey);
    expect(gpus).toHaveLength(2);
  });

  it('go on with what is left of two, and leave alone what fails twice within a day', async () => {
    const { visit, clock, gpus } = await device();
    const fail = async () => {
      const backends = visit();
      const { backend, status } = await remembered(backends);
      expect(() => backend.createNetwork(spec, learnedState(spec, 1))).toThrow('the device is gone');
      const failed = await backends.failed(backend, await backend.lost, false);
      expect(failed).toEqual(['webgpu']);
      // Another task on it: the same failure.
      expect(await backends.failed(backend, 'gone', false)).toEqual(['webgpu']);
      const next: ChosenBackend[] = [];
      await backends.fallback(failed, 'gone', status.probe, (chosen) => void next.push(chosen));
      expect(next).toMatchObject([{ backend: { deviceKey: 'cpu' }, status: { why: 'webgpu failed: gone' } }]);
      expect(next[0]?.status.probe, 'what was measured, for the next failure').toBe(status.probe);
      // Its device is given back when the last model has left it.
      expect(gpus.at(-1)?.isDisposed()).toBe(false);
      backends.pool.closeAllBut([next[0]!.backend]);
      expect(gpus.at(-1)?.isDisposed()).toBe(true);
    };
    await fail();
    clock.move(DAY_MS / 2);
    await fail();
    const third = await visit().first();
    expect(third).toMatchObject({ backend: { deviceKey: 'cpu' }, status: { settled: true } });
    clock.move(DAY_MS);
    expect((await remembered(visit())).backend.deviceKey).toBe('cpu+webgpu:breakable');
  });

  it('are not opened again on the same day after a fatal failure', async () => {
    const { visit } = await device();
    const backends = visit();
    const { backend } = await remembered(backends);
    await backends.failed(backend, 'out of memory', true);
    expect((await visit().first()).backend.deviceKey).toBe('cpu');
  });

  it('are measured again after a month, and after a day where one of them could not be', async () => {
    const { visit, clock, store, probe } = await device();
    // Found out by who opens something: what is remembered opens the GPU, which breaks when it is measured.
    const isBelieved = async () => (await chosenBy(visit())).status.why === 'remembered: measured';
    clock.move(29 * DAY_MS);
    expect(await isBelieved()).toBe(true);
    clock.move(2 * DAY_MS);
    expect(await isBelieved()).toBe(false);
    const [gpu, onCpu] = probe.results;
    const results = [{ ...gpu!, available: false, reason: 'a hiccup' } as ProbeResult, onCpu!];
    const measuredAtMs = clock.nowMs();
    await store.putSetting(probeKey, { ...probe, measuredAtMs, chosen: 'cpu', learning: 'cpu', results });
    expect(await isBelieved()).toBe(true);
    clock.move(DAY_MS + 1);
    expect(await isBelieved()).toBe(false);
  });

  it('that hang in opening keep no other from being closed', async () => {
    const closed: string[] = [];
    const open = (name: BackendName) =>
      name === 'cpu'
        ? Promise.resolve({ ...cpu, dispose: () => closed.push(name) } as ComputeBackend)
        : new Promise<never>(() => undefined);
    const pool = new BackendPool(open);
    void pool.open('webgpu');
    await pool.open('cpu');
    pool.closeAllBut([]);
    expect(closed).toEqual(['cpu']);
  });

  it('that hang in opening, although they were the fastest once, are not waited for any longer than they are when they are measured', async () => {
    const { store, clock } = await device();
    const open = (name: BackendName) => (name === 'cpu' ? Promise.resolve(cpu) : new Promise<never>(() => undefined));
    const environment = { clock, delay: clock.delay, yieldToEvents: () => Promise.resolve() };
    const resumed = new Backends(open, names, store, environment).resume(spec, () => undefined);
    const isOver = resumed.then(() => true);
    const soon = () => new Promise((resolve) => setImmediate(resolve));
    await soon();
    clock.move(9_999);
    expect(await Promise.race([isOver, soon()])).toBeUndefined();
    clock.move(1);
    expect(await resumed).toBe(false);
  });

  it('stay open while they are held, also by two', async () => {
    const { visit, closed } = await device();
    const { pool } = visit();
    await pool.open('cpu');
    const [one, other] = [pool.hold(['cpu']), pool.hold(['cpu', 'webgpu'])];
    one();
    one();
    pool.closeAllBut([]);
    expect(closed).toEqual([]);
    other();
    pool.closeAllBut([]);
    expect(closed).toEqual(['cpu']);
  });

  it('count their bytes once, whoever runs on them', async () => {
    const { visit, gpus } = await device();
    const { pool } = visit();
    await pool.openBoth({ predict: 'cpu', learn: 'webgpu' });
    await pool.openBoth({ predict: 'webgpu', learn: 'webgpu' });
    gpus[0]!.bytes = 100;
    expect(pool.bytes).toBe(100);
  });
});

describe('where nothing else can be had', () => {
  const gone = (name: BackendName) =>
    name === 'cpu' ? Promise.resolve(cpu) : Promise.reject(new TendrilError('BACKEND_UNAVAILABLE', { backend: name }));
  const asked = (wanted: readonly BackendName[], opened: string[] = []) => {
    const clock = new MovableClock();
    const open = (name: BackendName) => {
      opened.push(name);
      return gone(name);
    };
    const environment = { clock, delay: clock.delay, yieldToEvents: () => Promise.resolve() };
    return new Backends(open, wanted, new MemoryStore(), environment);
  };

  it('what the page wants alone is refused, and nothing that it has left out is tried', async () => {
    await expect(asked(['webgpu']).first()).rejects.toThrow('webgpu');
    const opened: string[] = [];
    await asked(['webgpu', 'cpu'], opened).fallback(['webgpu'], 'gone', null, () => undefined);
    expect(opened).toEqual(['cpu']);
  });

  it('the cpu serves', async () => {
    expect(await asked(['webgpu', 'wasm']).first()).toMatchObject({ backend: { name: 'cpu' } });
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
  const { status } = await remembered(backends);
  backends.first = () => Promise.resolve({ backend: slow, status });
  const taskBackend = await TaskBackend.first(task, {
    ...{ backends, clock, onChange: () => undefined, onLeft: () => undefined, restart: () => Promise.resolve(false) },
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

it('memory is given back when nobody has looked for five seconds, whoever looked in between', async () => {
  const clock = new MovableClock();
  const hints = { hidden: false };
  const given: boolean[] = [];
  const beside = { bytes: 2 ** 40, giveUp: (forNow: boolean) => given.push(forNow), comeBack: () => undefined };
  const still = { giveUp: () => Promise.resolve(), comeBack: () => Promise.resolve(), backend: cpu };
  const keeper = new BackendKeeper({
    environment: { clock, delay: clock.delay, deviceFacts: () => ({ memoryGb: 8 }) } as unknown as Environment,
    ...{ store: new MemoryStore(), names, hints: () => ({ ...unknownDevice, ...hints }) },
    tasks: new Map([['t', { runtime: { beside, host: null }, backend: still } as unknown as RunningTask]]),
    ...{ onChange: () => undefined, onError: () => undefined, restart: () => Promise.resolve(false) },
    inBackground: (work) => work.then(() => undefined),
  });
  const see = (hidden: boolean) => {
    hints.hidden = hidden;
    return keeper.seen();
  };
  const first = see(true);
  clock.move(4_000);
  await see(false);
  given.length = 0;
  const second = see(true);
  clock.move(4_000);
  await first;
  expect(given, 'the first look away was over').toEqual([]);
  clock.move(1_000);
  await second;
  expect(given).toEqual([true]);
});
