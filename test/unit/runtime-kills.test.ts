import fc from 'fast-check';
import { describe, expect, it, beforeAll, afterAll } from 'vitest';
import type { ComputeBackend } from '../../src/compute/compute.ts';
import { openBackend } from '../../src/compute/open-backend.ts';
import type { TaskDeclaration } from '../../src/core/task.ts';
import { MemoryStore } from '../../src/memory/memory-store.ts';
import { circleEvents, circleTask, listEvents, listTask, type VisitorEvent } from '../support/events.ts';
import '../support/fixed-seed.ts';
import { mortalStore, type Death } from '../support/mortal-store.ts';
import { modelKeyOf, newestCheckpoint, startNodeWorker, valueOf } from '../support/node-worker.ts';

interface Life {
  /** Operation of the storage, counted from the start of this worker, that it dies in. */
  readonly operation: number;
  readonly death: Death;
}

/**
 * Does the events one after another; whenever the worker dies, another one starts on the same store and the event under way is done again,
 * as a page does that was not told that its feedback was kept.
 */
async function live(
  task: TaskDeclaration,
  backend: ComputeBackend,
  events: readonly VisitorEvent[],
  lives: readonly Life[],
) {
  const store = new MemoryStore();
  const left = [...lives];
  const startWorker = async () => {
    for (;;) {
      const next = left.shift();
      const mortal = mortalStore(store, new Map(next ? [[next.operation, next.death]] : []));
      const starting = startNodeWorker({
        store: mortal.store,
        tasks: [task],
        backend: backend.name,
        // One for all lives: every WebAssembly module that is loaded stays with the process.
        environment: { openBackend: () => Promise.resolve(backend) },
      });
      const running = await Promise.race([starting, mortal.died]);
      if (running) return { ...running, died: mortal.died };
    }
  };
  let running = await startWorker();
  for (const event of [...events, async () => void valueOf(await running.worker.checkpoint(task.id))]) {
    while ((await Promise.race([event(running.worker).then(() => 'done'), running.died])) !== 'done') {
      running = await startWorker();
    }
  }
  const { learnedTo, digest } = await newestCheckpoint(store, task);
  // Of the store itself: the last worker may have died after its last answer.
  return { learnedTo, digest, experiences: await store.countExperiencesAfter(modelKeyOf(task), 0) };
}

const lives = fc.array(
  fc.record({ operation: fc.integer({ min: 1, max: 60 }), death: fc.constantFrom<Death>('before', 'after') }),
  { minLength: 1, maxLength: 5 },
);

describe.each(['cpu', 'wasm'] as const)('a worker on %s that dies in any operations of its storage', (name) => {
  const runs = { numRuns: name === 'cpu' ? 40 : 15 };
  let backend: ComputeBackend;
  beforeAll(async () => {
    backend = await openBackend(name);
  });
  afterAll(() => backend.dispose());

  it('ends with the bits of one that never died: labels', { timeout: 60_000 }, async () => {
    const unharmed = await live(circleTask, backend, circleEvents(20), []);
    expect(unharmed).toMatchObject({ learnedTo: 20, experiences: 20 });
    await fc.assert(
      fc.asyncProperty(lives, async (deaths) => {
        expect(await live(circleTask, backend, circleEvents(20), deaths)).toEqual(unharmed);
      }),
      runs,
    );
  });

  it('ends with the bits of one that never died: clicks', { timeout: 60_000 }, async () => {
    const unharmed = await live(listTask, backend, listEvents(12), []);
    expect(unharmed.experiences).toBeGreaterThan(12);
    await fc.assert(
      fc.asyncProperty(lives, async (deaths) => {
        expect(await live(listTask, backend, listEvents(12), deaths)).toEqual(unharmed);
      }),
      runs,
    );
  });
});
