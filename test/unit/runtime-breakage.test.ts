import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { BackendName, ComputeBackend } from '../../src/compute/compute.ts';
import { openCpuBackend } from '../../src/compute/cpu/cpu-backend.ts';
import type { TaskDeclaration } from '../../src/core/task.ts';
import { TendrilError } from '../../src/errors.ts';
import { MemoryStore } from '../../src/memory/memory-store.ts';
import type { LearnerWorker } from '../../src/protocol/messages.ts';
import { breakableBackend, type Breakage } from '../support/breakable-backend.ts';
import { circleTask, listCandidates, listTask } from '../support/events.ts';
import '../support/fixed-seed.ts';
import { errorCodes, modelKeyOf, newestCheckpoint, startNodeWorker, valueOf } from '../support/node-worker.ts';
import { patiently } from '../support/patiently.ts';

const EVENTS = 10;
/** Nothing takes any time: on a busy machine a version that takes 25 ms to answer would pass its gate later, and other items would be shown. */
const clock = { nowMs: () => 1_700_000_000_000, monotonicMs: () => 0 };

/** Label by label; or click by click, with what was passed over. */
const visits = {
  async circle(worker: LearnerWorker, index: number) {
    const [decisionId, x] = [`decision ${index}`, Math.sin(index)];
    await patiently(() =>
      worker.classify({ taskId: 'circle', decisionId, input: { x, y: -x, colour: ['red', 'blue'][index % 2]! } }),
    );
    valueOf(await worker.feedback({ decisionId, label: x > 0 ? 'in' : 'out' }));
  },
  async list(worker: LearnerWorker, index: number) {
    const decisionId = `ranking ${index}`;
    // What is shown depends on what was learned: that must be done.
    await patiently(() => worker.checkpoint('list'));
    await patiently(() =>
      worker.rank({ taskId: 'list', decisionId, context: { hour: 'am' }, candidates: listCandidates }),
    );
    valueOf(await worker.feedback({ decisionId, item: `item ${index % 6}` }));
  },
};

type Life = Awaited<ReturnType<typeof live>>;

/** @param at operation of the first backend that fails */
async function live(task: TaskDeclaration & { id: 'circle' | 'list' }, at: number, how: Breakage) {
  const store = new MemoryStore();
  const broken = breakableBackend(openCpuBackend(), at, how);
  const open = (name: BackendName): Promise<ComputeBackend> => {
    if (name === 'wasm')
      return Promise.reject(new TendrilError('BACKEND_UNAVAILABLE', { backend: name, reason: 'no' }));
    return Promise.resolve(name === 'webgpu' ? broken.backend : openCpuBackend());
  };
  const { worker, started } = await startNodeWorker({
    store,
    tasks: [task],
    backend: 'webgpu',
    environment: { openBackend: open, clock },
  });
  expect(valueOf(started).refused).toEqual({});
  for (let index = 0; index < EVENTS; index++) await visits[task.id](worker, index);
  await patiently(() => worker.checkpoint(task.id));
  const { learnedTo, digest } = await newestCheckpoint(store, task);
  const { pending, backend } = valueOf(await worker.status()).tasks[task.id]!;
  return {
    learned: { learnedTo, digest, pending, experiences: await store.countExperiencesAfter(modelKeyOf(task), 0) },
    serving: backend.serving,
    codes: new Set(await errorCodes(worker)),
    operations: [...broken.operations],
  };
}

/** Everything that was acknowledged, once, and to the same bits: of clicks also what was shown above them, which depends on all that was learned before. */
function expectLearned({ learned }: Life, { learned: expected }: Life): void {
  expect(learned.pending).toBe(0);
  expect(learned.learnedTo).toBe(learned.experiences);
  expect(learned).toEqual(expected);
}

describe.each([
  ['labels', { ...circleTask, id: 'circle' }],
  ['clicks', { ...listTask, id: 'list' }],
] as const)('a model of %s', (_, task) => {
  let unharmed: Life;
  beforeAll(async () => {
    unharmed = await live(task, Infinity, 'lost');
    expect(unharmed.serving).toBe('webgpu');
    expect(new Set(unharmed.operations)).toEqual(new Set(['createNetwork', 'predict', 'learn', 'state']));
  }, 60_000);

  it('learns everything on the cpu, in whichever operation the device is lost', { timeout: 240_000 }, async () => {
    // At least once in each kind of operation.
    const first = [...new Set(unharmed.operations)].map((name) => unharmed.operations.lastIndexOf(name) + 1);
    const anywhere = fc.integer({ min: 1, max: unharmed.operations.length });
    await fc.assert(
      fc.asyncProperty(anywhere, fc.constantFrom<Breakage>('lost', 'out of memory'), async (at, how) => {
        const harmed = await live(task, at, how);
        expectLearned(harmed, unharmed);
        // How often a checkpoint is stored depends on the time.
        if (harmed.operations.length >= at) expect(harmed.serving).toBe('cpu');
        expect([...harmed.codes].filter((code) => code !== 'COMPUTE_FAILED')).toEqual([]);
      }),
      { numRuns: 8, examples: first.map((at) => [at, 'lost']) },
    );
  });

  it(
    'goes on where it is, and learns everything, after a failure that does not come back',
    { timeout: 240_000 },
    async () => {
      const anywhere = fc.integer({ min: 1, max: unharmed.operations.length });
      await fc.assert(
        fc.asyncProperty(anywhere, fc.constantFrom<Breakage>('once', 'NaN'), async (at, how) => {
          const harmed = await live(task, at, how);
          expectLearned(harmed, unharmed);
          // While it is opened there is nothing to go back to.
          expect(harmed.serving).toBe(at === 1 && how === 'once' ? 'cpu' : 'webgpu');
        }),
        { numRuns: 8, examples: [[1, 'once']] },
      );
    },
  );
});
