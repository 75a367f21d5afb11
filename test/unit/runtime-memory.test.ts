import { beforeAll, describe, expect, it } from 'vitest';
import type { BackendName, ComputeBackend } from '../../src/compute/compute.ts';
import { openBackend } from '../../src/compute/open-backend.ts';
import { MemoryStore } from '../../src/memory/memory-store.ts';
import { memoryBudget } from '../../src/runtime/memory-budget.ts';
import { HIDDEN_AFTER_MS } from '../../src/versions/learning-plan.ts';
import { breakableBackend, type BreakableBackend } from '../support/breakable-backend.ts';
import { circleEvents, circleTask } from '../support/events.ts';
import { MovableClock } from '../support/movable-clock.ts';
import { errorCodes, newestCheckpoint, startNodeWorker, valueOf } from '../support/node-worker.ts';

const MEGABYTE = 2 ** 20;
let cpu: ComputeBackend;
beforeAll(async () => {
  cpu = await openBackend('cpu');
});

async function start(memoryGb: number) {
  const clock = new MovableClock();
  const store = new MemoryStore();
  const opened: BreakableBackend[] = [];
  const open = (name: BackendName): Promise<ComputeBackend> => {
    if (name === 'cpu') return Promise.resolve({ ...cpu, dispose: () => undefined });
    const next = breakableBackend(cpu);
    opened.push(next);
    return Promise.resolve(next.backend);
  };
  const { worker, events } = await startNodeWorker({
    store,
    tasks: [circleTask],
    backend: 'webgpu',
    environment: {
      ...{ clock, delay: clock.delay },
      openBackend: open,
      deviceFacts: () => ({ cores: 2, memoryGb, saveData: null }),
    },
  });
  const visits = circleEvents(20);
  return {
    ...{ worker, clock, opened, store },
    visit: async (count: number) => {
      for (let visit = 0; visit < count; visit++) await visits.shift()!(worker);
      valueOf(await worker.checkpoint('circle'));
    },
    see: (hidden: boolean) => worker.hearDevice({ battery: null, charging: null, hidden }),
    /** The next word about where the model is. */
    async moved() {
      const known = events.length;
      for (let turn = 0; turn < 2_000; turn++) {
        const move = events.slice(known).find(({ type }) => type === 'backend');
        if (move) return move;
        await new Promise((resolve) => setImmediate(resolve));
      }
      throw new Error('the model stays where it is');
    },
    serving: async () => valueOf(await worker.status()).backend.serving,
  };
}

describe('a model whose backend holds more than its share of memory', () => {
  it('goes on on the cpu, with the same bits', async () => {
    const [modest, greedy] = [await start(8), await start(8)];
    await modest.visit(5);
    await greedy.visit(5);
    greedy.opened[0]!.bytes = 257 * MEGABYTE;
    const moved = greedy.moved();
    await greedy.visit(1);
    expect(await moved).toMatchObject({ serving: 'cpu', why: 'over the 256 MB of memory that are left' });
    await modest.visit(1);
    await modest.visit(6);
    await greedy.visit(6);
    expect(greedy.opened[0]!.isDisposed()).toBe(true);
    const [expected, found] = [
      await newestCheckpoint(modest.store, circleTask),
      await newestCheckpoint(greedy.store, circleTask),
    ];
    expect(found.digest).toBe(expected.digest);
    expect([await modest.serving(), await greedy.serving()]).toEqual(['webgpu', 'cpu']);
    expect(await errorCodes(greedy.worker)).toEqual([]);
  });

  it('gives it back while nobody has looked for a while, and has it again when somebody does', async () => {
    const tab = await start(4);
    await tab.visit(3);
    tab.opened[0]!.bytes = MEGABYTE;
    await tab.see(true);
    // Who looks away for a moment does not wait for it again.
    await tab.see(false);
    tab.clock.move(HIDDEN_AFTER_MS);
    await tab.visit(1);
    expect(await tab.serving()).toBe('webgpu');
    await tab.see(true);
    const left = tab.moved();
    tab.clock.move(HIDDEN_AFTER_MS);
    expect(await left).toMatchObject({ serving: 'cpu' });
    await tab.visit(2);
    const back = tab.moved();
    await tab.see(false);
    expect(await back).toMatchObject({ serving: 'webgpu' });
    await tab.visit(2);
    expect(tab.opened).toHaveLength(2);
    expect(tab.opened[0]!.isDisposed()).toBe(true);
    expect(valueOf(await tab.worker.status()).tasks.circle).toMatchObject({ experiences: 8, pending: 0 });
    expect(await errorCodes(tab.worker)).toEqual([]);
  });
});

it('what may be held depends on the device, and on whether anybody looks', () => {
  expect(memoryBudget({ memoryGb: null }, false)).toBe(256 * MEGABYTE);
  expect(memoryBudget({ memoryGb: 8 }, false)).toBe(256 * MEGABYTE);
  expect(memoryBudget({ memoryGb: 1 }, false)).toBe(64 * MEGABYTE);
  expect(memoryBudget({ memoryGb: 8 }, true)).toBe(64 * MEGABYTE);
  expect(memoryBudget({ memoryGb: null }, true)).toBe(64 * MEGABYTE);
  expect(memoryBudget({ memoryGb: 4 }, true)).toBe(0);
});
