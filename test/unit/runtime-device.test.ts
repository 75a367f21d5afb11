import { describe, expect, it } from 'vitest';
import { MemoryStore } from '../../src/memory/memory-store.ts';
import type { LearnerWorker, PageHints } from '../../src/protocol/messages.ts';
import type { Environment, TabMessage } from '../../src/runtime/environment.ts';
import { nodeEnvironment } from '../../src/runtime/node-environment.ts';
import { BUSY_PAUSE_MS, HIDDEN_AFTER_MS } from '../../src/versions/learning-plan.ts';
import { circleEvents, circleTask } from '../support/events.ts';
import { MovableClock } from '../support/movable-clock.ts';
import { errorCodes, modelKeyOf, startNodeWorker, valueOf } from '../support/node-worker.ts';

const seen: PageHints = { battery: null, charging: null, hidden: false };
const hidden: PageHints = { ...seen, hidden: true };

/** Waits for what is in the model's queue: this goes through it, and changes nothing. */
async function settled(worker: LearnerWorker): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
  expect(await worker.rollback({ taskId: 'circle', to: 'ffffffff' })).toMatchObject({
    error: { details: { reason: 'there is no version ffffffff to go back to' } },
  });
}

/** A worker of one tab; what the device and the other tabs do is said by the test. */
async function startTab() {
  const clock = new MovableClock();
  const others = { shown: false };
  const said: TabMessage['type'][] = [];
  let onMessage: (message: TabMessage) => void = () => undefined;
  let onPressure: (busy: boolean) => void = () => undefined;
  const environment: Partial<Environment> = {
    clock,
    delay: clock.delay,
    onPressure: (listener) => (onPressure = listener),
    deviceFacts: () => ({ cores: 8, memoryGb: 4, saveData: true }),
    openTabs: () => ({
      ...nodeEnvironment().openTabs('test'),
      isAnyShown: () => Promise.resolve(others.shown),
      post: ({ type }) => said.push(type),
      onMessage: (listener) => (onMessage = listener),
    }),
  };
  const { worker } = await startNodeWorker({ store: new MemoryStore(), tasks: [circleTask], environment });
  const events = circleEvents(20);
  const tell = (hints: PageHints) => worker.hearDevice(hints).then(valueOf);
  return {
    ...{ worker, clock, others, said, tell },
    hears: (type: TabMessage['type'], modelKey = '') => onMessage({ type, modelKey }),
    loads: (busy: boolean) => onPressure(busy),
    /** One labelled example, acknowledged. */
    visit: async () => events.shift()!(worker),
    /** Experiences that are not learned once everything has happened that happens now. */
    async pending() {
      await settled(worker);
      return valueOf(await worker.status()).tasks.circle?.pending;
    },
  };
}

describe('a learner', () => {
  it('learns on for a while when its page is hidden, then waits until it is shown', async () => {
    const tab = await startTab();
    await tab.tell(seen);
    await tab.tell(hidden);
    await tab.visit();
    expect(await tab.pending()).toBe(0);
    tab.clock.move(HIDDEN_AFTER_MS);
    await tab.visit();
    expect(await tab.pending()).toBe(1);
    await tab.tell(seen);
    expect(await tab.pending()).toBe(0);
    expect(tab.said.filter((type) => type === 'shown')).toHaveLength(3);
  });

  it('learns in a hidden tab while another one is shown', async () => {
    const tab = await startTab();
    tab.others.shown = true;
    await tab.tell(hidden);
    tab.clock.move(HIDDEN_AFTER_MS);
    await tab.visit();
    expect(await tab.pending()).toBe(0);
    // Killed, it says nothing; it is found out when there is something to learn.
    tab.others.shown = false;
    await tab.visit();
    expect(await tab.pending(), 'it was seen a moment ago').toBe(0);
    tab.clock.move(HIDDEN_AFTER_MS);
    await tab.visit();
    expect(await tab.pending()).toBe(1);
    tab.others.shown = true;
    tab.hears('shown');
    expect(await tab.pending()).toBe(0);
  });

  it('waits for a charger on a low battery, unless it is asked', async () => {
    const tab = await startTab();
    await tab.tell({ ...seen, battery: 0.14, charging: false });
    await tab.visit();
    expect(await tab.pending()).toBe(1);
    await tab.visit();
    valueOf(await tab.worker.checkpoint('circle'));
    expect(await tab.pending()).toBe(0);
    await tab.visit();
    expect(await tab.pending()).toBe(1);
    await tab.tell({ ...seen, battery: 0.14, charging: true });
    expect(await tab.pending()).toBe(0);
  });

  it.each(['appended', 'signals', 'forgotten', 'reviews'] as const)(
    'waits also when another tab says: %s',
    async (type) => {
      const tab = await startTab();
      // So that hearing of them loads nothing.
      valueOf(await tab.worker.reviews('circle', 'open'));
      await tab.tell({ ...seen, battery: 0.14, charging: false });
      await tab.visit();
      await tab.visit();
      tab.hears(type, modelKeyOf(circleTask));
      expect(await tab.pending()).toBe(2);
      expect(await tab.pending()).toBe(2);
      await tab.tell({ ...seen, battery: 0.14, charging: true });
      expect(await tab.pending()).toBe(0);
    },
  );

  it('learns a little at a time on a busy device, also where another tab says so', async () => {
    const tab = await startTab();
    tab.loads(true);
    expect(tab.said).toEqual(['busy']);
    await tab.visit();
    expect(await tab.pending()).toBe(1);
    tab.clock.move(BUSY_PAUSE_MS);
    expect(await tab.pending()).toBe(0);
    await tab.visit();
    expect(await tab.pending()).toBe(1);
    tab.hears('calm');
    expect(await tab.pending()).toBe(0);
    tab.hears('busy');
    await tab.visit();
    expect(await tab.pending()).toBe(1);
    // Nobody measures it while nothing is shown.
    await tab.tell(hidden);
    expect(await tab.pending()).toBe(0);
  });

  it('tells its health what it knows of the device', async () => {
    const tab = await startTab();
    await tab.tell({ battery: 0.5, charging: true, hidden: false });
    await tab.visit();
    expect(valueOf(await tab.worker.health('circle')).operation.device).toEqual({
      ...{ deviceClass: null, cores: 8, memoryGb: 4, saveData: true },
      ...{ batteryLevel: 0.5, charging: true },
    });
  });

  it.each([[{ ...seen, battery: 2 }], [{ ...seen, battery: NaN }], [{ battery: null, charging: null }], [null]])(
    'does not believe %j',
    async (hints) => {
      const tab = await startTab();
      const result = await tab.worker.hearDevice(hints as PageHints);
      expect(result).toMatchObject({ ok: false, error: { code: 'INVALID_DATA' } });
      expect(await errorCodes(tab.worker)).toEqual(['INVALID_DATA']);
      await tab.visit();
      expect(await tab.pending()).toBe(0);
    },
  );
});

it('a backlog is left where it is when the page has been hidden for a while', async () => {
  const clock = new MovableClock();
  const store = new MemoryStore();
  // Before: what waits is in the log alone.
  const asked = { ...circleTask, learning: { when: 'asked' } } as const;
  const before = await startNodeWorker({ store, tasks: [asked] });
  for (const event of circleEvents(20)) await event(before.worker);
  let yields = 0;
  // Each experience uses up its slice.
  const ticking = {
    nowMs: () => clock.nowMs(),
    monotonicMs: () => (clock.move(10), clock.nowMs()),
  };
  const { worker } = await startNodeWorker({
    store,
    tasks: [circleTask],
    environment: {
      clock: ticking,
      delay: clock.delay,
      async yieldToEvents() {
        if (++yields === 3) {
          await worker.hearDevice(hidden);
          clock.move(HIDDEN_AFTER_MS);
        }
        await new Promise((resolve) => setImmediate(resolve));
      },
    },
  });
  await settled(worker);
  const { pending, model } = valueOf(await worker.status()).tasks.circle!;
  expect(model.learnedTo).toBeGreaterThan(0);
  expect(pending).toBe(20 - model.learnedTo);
  expect(pending).toBeGreaterThan(10);
  await worker.hearDevice(seen);
  await settled(worker);
  expect(valueOf(await worker.status()).tasks.circle?.pending).toBe(0);
});
