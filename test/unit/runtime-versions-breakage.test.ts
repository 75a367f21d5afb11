import { beforeAll, describe, expect, it } from 'vitest';
import type { BackendName, ComputeBackend } from '../../src/compute/compute.ts';
import { openBackend } from '../../src/compute/open-backend.ts';
import type { ClassificationTask } from '../../src/core/task.ts';
import { TendrilError } from '../../src/errors.ts';
import { MemoryStore } from '../../src/memory/memory-store.ts';
import type { LearnerWorker } from '../../src/protocol/messages.ts';
import { breakableBackend, type Breakage } from '../support/breakable-backend.ts';
import { newestCheckpoint, startNodeWorker, valueOf } from '../support/node-worker.ts';
import { patiently } from '../support/patiently.ts';

const task: ClassificationTask = {
  id: 'gated',
  kind: 'classification',
  schema: { input: { x: 'numeric', y: 'numeric' } },
  classes: ['a', 'b'],
  learner: { hiddenSize: 8, replayCapacity: 10 },
};
const EVENTS = 7;
/** Nothing takes any time: how often something is stored does not depend on the machine. */
const clock = { nowMs: () => 1_700_000_000_000, monotonicMs: () => 0 };

let cpu: ComputeBackend;
beforeAll(async () => {
  cpu = await openBackend('cpu');
});

async function tell(worker: LearnerWorker, index: number): Promise<void> {
  const decisionId = `d${index}`;
  const input = { x: Math.sin(index), y: Math.cos(index) };
  await patiently(() => worker.classify({ taskId: task.id, decisionId, input }));
  valueOf(await worker.feedback({ decisionId, label: Math.sin(index) > 0 ? 'a' : 'b' }));
}

/** What is done, and what it is about. */
const steps: readonly (readonly [name: string, (worker: LearnerWorker) => Promise<unknown>])[] = [
  ...Array.from({ length: EVENTS }, (_, index) => [
    ['learning', (worker: LearnerWorker) => tell(worker, index)] as const,
    ['checkpoint', (worker: LearnerWorker) => patiently(() => worker.checkpoint(task.id))] as const,
  ]).flat(),
  // To the one before, whichever that is: done twice, it would be another one.
  ['rollback', (worker) => patiently(() => worker.rollback({ taskId: task.id, by: 'anna' }))],
  ['learning', (worker) => tell(worker, EVENTS)],
  ['checkpoint', (worker) => patiently(() => worker.checkpoint(task.id))],
];

async function live(at: number, how: Breakage) {
  const store = new MemoryStore();
  const broken = breakableBackend(cpu, at, how);
  const openBackend = (name: BackendName): Promise<ComputeBackend> =>
    name === 'wasm'
      ? Promise.reject(new TendrilError('BACKEND_UNAVAILABLE', { backend: name, reason: 'no' }))
      : Promise.resolve(name === 'webgpu' ? broken.backend : cpu);
  const { worker, events } = await startNodeWorker({
    store,
    tasks: [task],
    backend: 'webgpu',
    environment: { openBackend, clock },
  });
  /** Name of the step that each operation belongs to; `promotion` where it ended in one. */
  const during: string[] = [];
  const promotions = () => events.filter((event) => event.type === 'version' && event.move.kind === 'promoted').length;
  for (const [name, step] of steps) {
    const before = promotions();
    await step(worker);
    const as = name === 'learning' || name === 'checkpoint' ? (promotions() > before ? 'promotion' : name) : name;
    while (during.length < broken.operations.length) during.push(as);
  }
  const { digest, lineage } = await newestCheckpoint(store, task);
  return { versions: valueOf(await worker.versions(task.id)), stored: { digest, lineage }, during, events };
}

describe('versions on a device that fails', { timeout: 300_000 }, () => {
  let unharmed: Awaited<ReturnType<typeof live>>;
  beforeAll(async () => {
    unharmed = await live(Infinity, 'lost');
    const { moves, quarantined } = unharmed.versions;
    expect(moves.filter(({ kind }) => kind === 'promoted').length).toBeGreaterThan(2);
    expect(moves.filter(({ kind }) => kind === 'overruled')).toHaveLength(1);
    expect(quarantined).toHaveLength(1);
  });

  /** Every how in turn, in every n-th operation of the phase. */
  it.each([
    ['promotion', 3],
    ['rollback', 1],
    ['checkpoint', 2],
  ])('in the middle of a %s are what they are on one that never fails', async (phase, every) => {
    const operations = unharmed.during.flatMap((during, index) => (during === phase ? [index + 1] : []));
    expect(operations.length).toBeGreaterThan(2);
    for (const [index, at] of operations.entries()) {
      if (index % every !== 0) continue;
      const how = (['lost', 'once', 'NaN'] as const)[(index / every) % 3]!;
      const harmed = await live(at, how);
      const where = `${how} in operation ${at}`;
      expect(harmed.versions, where).toEqual(unharmed.versions);
      expect(harmed.stored, where).toEqual(unharmed.stored);
    }
  });
});
