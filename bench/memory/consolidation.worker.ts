import { systemClock } from '../../src/core/clock.ts';
import { deviceTime } from '../../src/core/local-time.ts';
import { DexieStore } from '../../src/memory/dexie-store.ts';
import { MemoryKeeper } from '../../src/runtime/memory-keeper.ts';
import { nextMacrotask } from '../../src/runtime/next-macrotask.ts';
import { answerCalls } from '../lib/answer-calls.ts';
import { rankingExperience } from './experiences.ts';

const MODEL = 'articles@0123abcd';
const BATCH = 200;
let store: DexieStore | null = null;

/** Milliseconds that each of a row of messages waited while `work` ran: what a page's call would wait. */
async function waitingTimes(work: () => Promise<unknown>): Promise<readonly number[]> {
  const state = { running: true };
  const times: number[] = [];
  const done = work().finally(() => (state.running = false));
  while (state.running) {
    const startMs = performance.now();
    await nextMacrotask();
    times.push(performance.now() - startMs);
  }
  await done;
  return times;
}

answerCalls({
  async fill(count: number) {
    store = await DexieStore.open('consolidation');
    for (let start = 0; start < count; start += BATCH)
      await store.appendExperiences(
        Array.from({ length: BATCH }, (_, index) => rankingExperience(MODEL, start + index)),
      );
  },
  async consolidate() {
    if (!store) throw new Error('no store is open');
    const keeper = new MemoryKeeper({
      store,
      clock: systemClock,
      localTime: deviceTime,
      yieldToEvents: nextMacrotask,
      exclusive: (_, job) => job(),
    });
    const startMs = performance.now();
    let report: unknown = null;
    const waits = await waitingTimes(async () => {
      report = await keeper.consolidate({ modelKey: MODEL, task: { seed: 1 } });
    });
    return { waits, report, durationMs: performance.now() - startMs };
  },
});
