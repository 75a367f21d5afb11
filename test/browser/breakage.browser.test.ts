import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { resolveOptions } from '../../src/client/options.ts';
import { Tendril } from '../../src/client/tendril.ts';
import type { BackendName } from '../../src/compute/compute.ts';
import type { ClassificationTask } from '../../src/core/task.ts';
import { startWorker, valueOf, type RunningWorker } from '../support/browser-worker.ts';
import { sourceParts } from '../support/lazy-parts.ts';
import { patiently } from '../support/patiently.ts';

const task: ClassificationTask = {
  id: 'breakage',
  kind: 'classification',
  schema: { input: { v: { type: 'embedding', size: 4 } } },
  classes: ['in', 'out'],
  learner: { hiddenSize: 8 },
};
const EVENTS = 12;
const inputs = Array.from({ length: EVENTS }, (_, index) => ({
  v: [Math.sin(index), Math.cos(index), Math.sin(2 * index), 1],
}));
const labelOf = (index: number) => (Math.sin(index) > 0 ? 'in' : 'out');

const open = new Set<Tendril>();
const workers = new Set<Worker>();
beforeEach(() => {
  localStorage.clear();
});
afterEach(() => {
  for (const tendril of open) tendril.dispose();
  for (const worker of workers) worker.terminate();
  open.clear();
  workers.clear();
});

function breakableWorker(name: string): Worker {
  const worker = new Worker(new URL('../support/breakable.worker.ts', import.meta.url), { type: 'module', name });
  workers.add(worker);
  return worker;
}

async function learnAll({ remote }: RunningWorker): Promise<void> {
  for (const [index, input] of inputs.entries()) {
    const decisionId = `d${index}`;
    await patiently(() => remote.classify({ taskId: task.id, decisionId, input }), 10);
    valueOf(await remote.feedback({ decisionId, label: labelOf(index) }));
  }
  await patiently(() => remote.checkpoint(task.id), 10);
}

async function answers({ remote }: RunningWorker): Promise<number[]> {
  const probabilities: number[] = [];
  for (const input of inputs) {
    const answer = valueOf(await remote.classify({ taskId: task.id, decisionId: crypto.randomUUID(), input }));
    probabilities.push(answer.probabilities.in ?? NaN);
  }
  return probabilities;
}

/** @param name what the GPU does; see the worker */
async function live(namespace: string, name: string, backends: readonly BackendName[]) {
  const running = await startWorker({ namespace, tasks: [task], backends, spawn: () => breakableWorker(name) });
  expect(running.started).toMatchObject({ ok: true, value: { refused: {} } });
  await learnAll(running);
  return running;
}

describe('a model whose GPU fails', () => {
  test.each([1, 2, 7, 23, 40])('for good after submission %i learns what one on the cpu learns', async (at) => {
    const unharmed = await live(`unharmed-${at}`, 'never:0', ['cpu']);
    const harmed = await live(`lost-${at}`, `lost:${at}`, ['webgpu']);
    await harmed.event((event) => event.type === 'backend' && event.serving !== 'webgpu');
    const status = valueOf(await harmed.remote.status());
    expect(status.tasks[task.id]).toMatchObject({ experiences: EVENTS, pending: 0, model: { learnedTo: EVENTS } });
    expect(status.tasks[task.id]?.backend.serving).not.toBe('webgpu');
    expect(status.errors.every(({ code }) => code === 'COMPUTE_FAILED')).toBe(true);
    const [expected, found] = [await answers(unharmed), await answers(harmed)];
    for (const [index, probability] of found.entries()) expect(probability).toBeCloseTo(expected[index]!, 3);
  });

  test.each([1, 2, 4])('in shader %i, which does not compile, learns the same', async (at) => {
    const unharmed = await live(`compiles-${at}`, 'never:0', ['cpu']);
    const harmed = await live(`shader-${at}`, `shader:${at}`, ['webgpu']);
    await harmed.event((event) => event.type === 'backend' && event.serving !== 'webgpu');
    const status = valueOf(await harmed.remote.status());
    expect(status.tasks[task.id]).toMatchObject({ experiences: EVENTS, pending: 0, model: { learnedTo: EVENTS } });
    expect(status.errors.some(({ message }) => message.includes('shader'))).toBe(true);
    const [expected, found] = [await answers(unharmed), await answers(harmed)];
    for (const [index, probability] of found.entries()) expect(probability).toBeCloseTo(expected[index]!, 3);
  });

  test.each([1, 2, 3])(
    'in weights that become NaN on the way, the %i. that it is given, learns the same',
    async (at) => {
      const unharmed = await live(`finite-${at}`, 'never:0', ['cpu']);
      const harmed = await live(`nan-${at}`, `weights:${at}`, ['webgpu']);
      const status = valueOf(await harmed.remote.status());
      expect(status.tasks[task.id]).toMatchObject({ experiences: EVENTS, pending: 0, model: { learnedTo: EVENTS } });
      expect(status.errors.filter(({ code }) => code !== 'COMPUTE_FAILED')).toEqual([]);
      const [expected, found] = [await answers(unharmed), await answers(harmed)];
      for (const [index, probability] of found.entries()) expect(probability).toBeCloseTo(expected[index]!, 3);
    },
  );

  test('while the backends are measured is served by another', async () => {
    const harmed = await live('lost-probe', 'lost:3', ['webgpu', 'wasm', 'cpu']);
    await harmed.event((event) => event.type === 'backend');
    const { backend } = valueOf(await harmed.remote.status());
    expect(backend).toMatchObject({ settled: true });
    expect(backend.serving).not.toBe('webgpu');
    expect(backend.probe?.results.find((result) => result.backend === 'webgpu')?.available).toBe(false);
  });
});

function client(namespace: string, spawn: () => Worker, backends: readonly BackendName[]): Tendril {
  const options = { tasks: [task], namespace, backends, deadlineMs: 30_000 };
  const tendril = new Tendril(resolveOptions(options, location.href), spawn, sourceParts);
  open.add(tendril);
  return tendril;
}

async function locksOfWorkers(state: 'held' | 'pending'): Promise<number> {
  const locks = (await navigator.locks.query())[state] ?? [];
  return locks.filter(({ name }) => name?.startsWith('tendril:life:')).length;
}

/** Once the worker serves, its page begins to watch over its life. */
async function watched(): Promise<void> {
  await expect.poll(() => locksOfWorkers('pending'), { timeout: 20_000 }).toBe(1);
}

async function taskStatus(tendril: Tendril) {
  return (await tendril.status()).worker?.tasks[task.id];
}

/** The model's, whatever fails meanwhile. */
async function patientAnswer(tendril: Tendril, input: (typeof inputs)[number]) {
  let answer = await tendril.classify(task.id, input);
  for (let attempt = 0; answer.source === 'host' && attempt < 100; attempt++) {
    expect(answer.error?.code).toMatch(/COMPUTE_FAILED|WORKER_LOST/);
    answer = await tendril.classify(task.id, input);
  }
  return answer;
}

describe('a page whose worker', () => {
  test('is killed with calls under way gets its answers from the next one', async () => {
    const spawned: Worker[] = [];
    const tendril = client(
      'killed',
      () => {
        const worker = breakableWorker('never:0');
        spawned.push(worker);
        return worker;
      },
      ['cpu'],
    );
    await tendril.ready;
    await watched();
    const { decisionId } = await tendril.classify(task.id, inputs[0]!);
    const [acknowledged, asked] = [
      tendril.feedback({ decisionId, label: 'in' }),
      tendril.classify(task.id, inputs[1]!),
    ];
    spawned[0]?.terminate();
    expect(await acknowledged).toMatchObject({ acknowledged: true });
    expect(await asked).toMatchObject({ source: 'model', error: null });
    expect(spawned).toHaveLength(2);
    await tendril.checkpoint(task.id);
    expect(await taskStatus(tendril)).toMatchObject({ experiences: 1, pending: 0 });
  });

  test('dies again and again has its own answer at once, in the end', async () => {
    let spawned = 0;
    const tendril = client(
      'dies',
      () => {
        spawned++;
        const worker = breakableWorker('never:0');
        void tendril.ready.then(() => setTimeout(() => worker.terminate(), 2_000));
        return worker;
      },
      ['cpu'],
    );
    await tendril.ready;
    await expect.poll(async () => (await tendril.status()).state, { timeout: 40_000 }).toBe('unavailable');
    expect(spawned).toBe(4);
    expect(await tendril.classify(task.id, inputs[0]!)).toMatchObject({
      source: 'host',
      error: { code: 'WORKER_LOST' },
    });
  });

  test.each(['bounds-learn:1', 'unreachable-learn:9', 'bounds-predict:4', 'unreachable-predict:30'])(
    'traps in WebAssembly (%s) goes on in a new worker, on another backend',
    async (name) => {
      const unharmed = await live(`untrapped-${name}`, 'never:0', ['cpu']);
      const spawned: Worker[] = [];
      const spawn = () => {
        const worker = breakableWorker(name);
        spawned.push(worker);
        return worker;
      };
      const tendril = client(`trapped-${name}`, spawn, ['wasm']);
      await tendril.ready;
      await watched();
      for (const [index, input] of inputs.entries()) {
        const { decisionId } = await patientAnswer(tendril, input);
        // Whenever it is, there are calls under way.
        const others = [input, input].map((again) => patientAnswer(tendril, again));
        expect(await tendril.feedback({ decisionId, label: labelOf(index) })).toMatchObject({ acknowledged: true });
        await Promise.all(others);
      }
      await expect.poll(() => spawned.length).toBe(2);
      await tendril.checkpoint(task.id);
      const status = await taskStatus(tendril);
      expect(status).toMatchObject({ experiences: EVENTS, pending: 0, model: { learnedTo: EVENTS } });
      expect(status?.backend).toMatchObject({ serving: 'cpu' });
      // The first has ended.
      expect(await locksOfWorkers('held')).toBe(2);
      for (const [index, probability] of (await answers(unharmed)).entries()) {
        const { probabilities } = await patientAnswer(tendril, inputs[index]!);
        expect(probabilities.in).toBeCloseTo(probability, 3);
      }
    },
  );

  test('runs out of GPU memory goes on in a new worker, on another backend', async () => {
    let spawned = 0;
    const tendril = client('memory', () => (spawned++, breakableWorker('memory:20')), ['webgpu']);
    await tendril.ready;
    for (const [index, input] of inputs.entries()) {
      const { decisionId } = await patientAnswer(tendril, input);
      expect(await tendril.feedback({ decisionId, label: labelOf(index) })).toMatchObject({ acknowledged: true });
    }
    await tendril.checkpoint(task.id);
    const status = await taskStatus(tendril);
    expect(status).toMatchObject({ experiences: EVENTS, pending: 0, model: { learnedTo: EVENTS } });
    expect(status?.backend.serving).not.toBe('webgpu');
    expect(spawned).toBe(2);
  });
});
