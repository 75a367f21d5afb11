import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { BackendName, ComputeBackend } from '../../src/compute/compute.ts';
import { openBackend } from '../../src/compute/open-backend.ts';
import type { ClassificationTask } from '../../src/core/task.ts';
import { TendrilError } from '../../src/errors.ts';
import { MemoryStore } from '../../src/memory/memory-store.ts';
import type { Store } from '../../src/memory/store.ts';
import type { LearnerWorker } from '../../src/protocol/messages.ts';
import type { Lineage } from '../../src/versions/lineage.ts';
import { breakableBackend } from '../support/breakable-backend.ts';
import '../support/fixed-seed.ts';
import { mortalStore, type Death } from '../support/mortal-store.ts';
import { errorCodes, newestCheckpoint, startNodeWorker, valueOf } from '../support/node-worker.ts';
import { patiently } from '../support/patiently.ts';

const EVENTS = 10;
/** Learned in one go, when that is asked for. */
const backlog: ClassificationTask = {
  id: 'backlog',
  kind: 'classification',
  schema: { input: { v: { type: 'embedding', size: 2 } } },
  classes: ['a', 'b'],
  learner: { hiddenSize: 8, replayCapacity: 10 },
  learning: { when: 'asked' },
};

let cpu: ComputeBackend;
beforeAll(async () => {
  cpu = await openBackend('cpu');
});

/** A gradient that fits 32 bits, whose square does not. */
const poison = [1e25, -1e25];

/** @param poisonous indices of those that make learning diverge, for they are labelled against what was learned before */
async function tell(worker: LearnerWorker, poisonous: readonly number[], index: number): Promise<void> {
  const decisionId = `d${index}`;
  const v = poisonous.includes(index) ? poison : [Math.sin(index), Math.cos(index)];
  await patiently(() => worker.classify({ taskId: backlog.id, decisionId, input: { v } }));
  valueOf(await worker.feedback({ decisionId, label: Math.sin(index) > 0 ? 'a' : 'b' }));
}

const checkpoint = (worker: LearnerWorker) => patiently(() => worker.checkpoint(backlog.id));

async function learned(store: Store) {
  const { learnedTo, digest, lineage } = await newestCheckpoint(store, backlog);
  return { learnedTo, digest, learned: (lineage as Lineage).learned };
}

/** @param webgpu what the worker is to compute on @param every checkpoints are asked for after so many */
async function live(webgpu: ComputeBackend, poisonous: readonly number[] = [], every = EVENTS) {
  const store = new MemoryStore();
  const openBackend = (name: BackendName): Promise<ComputeBackend> =>
    name === 'wasm'
      ? Promise.reject(new TendrilError('BACKEND_UNAVAILABLE', { backend: name, reason: 'no' }))
      : Promise.resolve(name === 'webgpu' ? webgpu : cpu);
  const { worker } = await startNodeWorker({
    store,
    tasks: [backlog],
    backend: 'webgpu',
    environment: { openBackend },
  });
  for (let index = 0; index < EVENTS; index++) {
    await tell(worker, poisonous, index);
    if ((index + 1) % every === 0) await checkpoint(worker);
  }
  await checkpoint(worker);
  const { serving } = valueOf(await worker.status()).tasks[backlog.id]!.backend;
  return { ...(await learned(store)), codes: await errorCodes(worker), serving };
}

describe('what is no numbers because the device went wrong once', () => {
  let operations: readonly string[];
  let unharmed: Awaited<ReturnType<typeof live>>;
  beforeAll(async () => {
    const sound = breakableBackend(cpu);
    unharmed = await live(sound.backend);
    operations = sound.operations;
    expect(unharmed).toMatchObject({ learnedTo: EVENTS, learned: EVENTS, codes: [], serving: 'webgpu' });
  });

  it('in any operation of any kind leaves no trace in what is learned', { timeout: 120_000 }, async () => {
    expect(new Set(operations)).toEqual(new Set(['createNetwork', 'predict', 'learn', 'state']));
    // Whatever weights it is given, and a share of the rest.
    const swept = operations.flatMap((name, index) => (name === 'createNetwork' || index % 7 === 3 ? [index + 1] : []));
    for (const at of swept) {
      const harmed = await live(breakableBackend(cpu, at, 'NaN').backend);
      const name = `${operations[at - 1] ?? ''} is operation ${at}`;
      expect(harmed, name).toMatchObject({ digest: unharmed.digest, learned: EVENTS, serving: 'webgpu' });
      expect(
        harmed.codes.filter((code) => code !== 'COMPUTE_FAILED'),
        name,
      ).toEqual([]);
    }
  });

  it('in whatever weights it is given moves the model to another, where it learns the same', async () => {
    const { backend } = breakableBackend(cpu);
    const broken: ComputeBackend = {
      ...backend,
      createNetwork: (spec, state) =>
        cpu.createNetwork(spec, { ...state, parameters: state.parameters.map(() => NaN) }),
    };
    const harmed = await live(broken);
    expect(harmed).toMatchObject({ digest: unharmed.digest, learned: EVENTS, serving: 'cpu' });
    expect(new Set(harmed.codes)).toEqual(new Set(['COMPUTE_FAILED']));
  });
});

describe('what makes learning diverge', () => {
  it.each([[[3, 5]], [[3, 4, 5, 6]], [[1, 9]]])(
    'is passed over, and nothing else, whenever checkpoints are taken: %j',
    { timeout: 60_000 },
    async (poisonous) => {
      const lives = await Promise.all([1, 2, 5, EVENTS].map((every) => live(cpu, poisonous, every)));
      const [first] = lives;
      // What is no surprise by then does not diverge: how many do is for the first life to say.
      const diverged = first!.codes.length;
      expect(diverged).toBeGreaterThan(0);
      expect(diverged).toBeLessThanOrEqual(poisonous.length);
      for (const life of lives) {
        expect(life).toMatchObject({ learnedTo: EVENTS, digest: first!.digest, learned: EVENTS - diverged });
        expect(life.codes).toEqual(Array.from({ length: diverged }, () => 'LEARNING_DIVERGED'));
      }
    },
  );

  it('is the same wherever the worker dies', { timeout: 120_000 }, async () => {
    const poisonous = [3, 5];
    const unharmed = await live(cpu, poisonous);
    const lives = fc.array(
      fc.record({ operation: fc.integer({ min: 1, max: 80 }), death: fc.constantFrom<Death>('before', 'after') }),
      { minLength: 1, maxLength: 4 },
    );
    await fc.assert(
      fc.asyncProperty(lives, async (deaths) => {
        const store = new MemoryStore();
        const left = [...deaths];
        const start = async () => {
          for (;;) {
            const next = left.shift();
            const mortal = mortalStore(store, new Map(next ? [[next.operation, next.death]] : []));
            const environment = { openBackend: () => Promise.resolve(cpu) };
            const starting = startNodeWorker({ store: mortal.store, tasks: [backlog], environment });
            const running = await Promise.race([starting, mortal.died]);
            if (running) return { worker: running.worker, died: mortal.died };
          }
        };
        let running = await start();
        const jobs = Array.from(
          { length: EVENTS },
          (_, index) => (worker: LearnerWorker) => tell(worker, poisonous, index),
        );
        for (const job of [...jobs, checkpoint])
          while ((await Promise.race([job(running.worker).then(() => 'done'), running.died])) !== 'done')
            running = await start();
        const { digest, learned: count } = await learned(store);
        expect({ digest, learned: count }).toEqual({ digest: unharmed.digest, learned: unharmed.learned });
      }),
      { numRuns: 10 },
    );
  });
});
