import { describe, expect, test } from 'vitest';
import { Rng } from '../../src/core/rng.ts';
import type { ClassificationTask, MonitorOptions } from '../../src/core/task.ts';
import { MemoryStore } from '../../src/memory/memory-store.ts';
import { healthKey } from '../../src/memory/store.ts';
import { nodeEnvironment } from '../../src/runtime/node-environment.ts';
import type { HealthReport, LearnerWorker, WorkerEvent } from '../../src/protocol/messages.ts';
import { MovableClock } from '../support/movable-clock.ts';
import { errorCodes, modelKeyOf, startNodeWorker, valueOf, type NodeWorker } from '../support/node-worker.ts';

const task: ClassificationTask = {
  id: 'mail',
  kind: 'classification',
  schema: { input: { length: 'numeric', sender: 'categorical', device: 'categorical' } },
  monitor: { segments: ['device'], window: 50 },
};
const withMonitor = (monitor: MonitorOptions): ClassificationTask => ({ ...task, monitor });

interface Mail {
  readonly length: number;
  readonly sender: string;
  readonly device: string;
  readonly label: string;
}

/** Long mails from `x` are spam, nearly always. @param shift of the length, from mail `from` on */
function mails(count: number, { seed = 1, from = Infinity, shift = 0, flipped = Infinity } = {}): Mail[] {
  const rng = Rng.fromSeed(seed);
  return Array.from({ length: count }, (_, index) => {
    const length = rng.nextGaussian();
    const sender = ['x', 'y'][rng.nextInt(2)]!;
    const device = ['phone', 'desk', 'desk'][rng.nextInt(3)]!;
    const isSpam = rng.nextFloat() < (length + (sender === 'x' ? 1 : -1) > 0 ? 0.95 : 0.05);
    const label = isSpam !== index >= flipped ? 'spam' : 'ok';
    return { length: length + (index >= from ? shift : 0), sender, device, label };
  });
}

interface Visit extends NodeWorker {
  readonly clock: MovableClock;
}

async function visit(store: MemoryStore, declared: ClassificationTask = task): Promise<Visit> {
  const clock = new MovableClock();
  const environment = {
    clock,
    delay: clock.delay,
    storageUse: () => Promise.resolve({ usedBytes: 10, quotaBytes: 100 }),
  };
  const started = await startNodeWorker({ store, tasks: [declared], environment });
  // Loaded by then, so that everything has the time at which it happens.
  await started.worker.health('mail');
  return { ...started, clock };
}

/** Asks and answers; the label of each comes before the next. */
async function receive({ worker, clock }: Visit, given: readonly Mail[], name = 'mail'): Promise<void> {
  for (const [index, { label, ...input }] of given.entries()) {
    const decisionId = `${name} ${index}`;
    valueOf(await worker.classify({ taskId: 'mail', decisionId, input }));
    valueOf(await worker.feedback({ decisionId, label }));
    clock.move(100);
  }
  valueOf(await worker.checkpoint('mail'));
}

const healthOf = async (worker: LearnerWorker): Promise<HealthReport> => valueOf(await worker.health('mail'));
const alertsOf = (events: readonly WorkerEvent[]) => events.flatMap((event) => (event.type === 'alert' ? [event] : []));

describe('outcomes', () => {
  test('are those of what was answered before it was learned', async () => {
    const seen = await visit(new MemoryStore());
    const right: boolean[] = [];
    const bySegment = { 'device=desk': [0, 0], 'device=phone': [0, 0] };
    for (const [index, { label, ...input }] of mails(80).entries()) {
      const decisionId = `mail ${index}`;
      const answer = valueOf(await seen.worker.classify({ taskId: 'mail', decisionId, input }));
      valueOf(await seen.worker.feedback({ decisionId, label }));
      // Learned before anything is asked again.
      valueOf(await seen.worker.checkpoint('mail'));
      right.push(answer.label === label);
      const counts = bySegment[`device=${input.device}` as keyof typeof bySegment];
      counts[0]! += 1;
      counts[1]! += Number(answer.label === label);
    }
    const { outcome, judged } = await healthOf(seen.worker);
    expect(judged).toBe(80);
    if (outcome?.kind !== 'classification') throw new Error('no classification');
    const share = (of: readonly boolean[]) => of.filter(Boolean).length / of.length;
    expect(outcome.all.total).toMatchObject({ count: 80, accuracy: share(right) });
    expect(outcome.all.sliding).toMatchObject({ count: 50, accuracy: share(right.slice(-50)) });
    const { champion } = valueOf(await seen.worker.versions('mail'));
    expect(outcome.versions.at(-1)).toMatchObject({ trainedTo: champion?.trainedTo, digest: champion?.digest });
    const last = outcome.versions.at(-1)!;
    const counted = last.segments.map(({ outcome: { total } }) => total.count);
    expect(counted.reduce((sum, count) => sum + count, 0)).toBe(last.outcome.total.count);
    // All versions together are more than are followed: none has more than there was.
    for (const { segment, outcome: own } of last.segments)
      expect(own.total.count).toBeLessThanOrEqual(bySegment[segment as keyof typeof bySegment][0]!);
  });

  test('go on where the last session ended', async () => {
    const store = new MemoryStore();
    const [first, second] = [mails(60), mails(60, { seed: 2 })];
    const before = await visit(store);
    await receive(before, first);
    const report = await healthOf(before.worker);
    const again = await visit(store);
    // Latencies are of each call, and a report is none.
    expect(await healthOf(again.worker)).toEqual({ ...report, operation: expect.anything() as unknown });
    await receive(again, second, 'second');
    expect(await healthOf(again.worker)).toMatchObject({ judged: 120, sinceMs: report.sinceMs });
  });

  test('of experiences that are learned again are not counted again', async () => {
    const seen = await visit(new MemoryStore());
    await receive(seen, mails(100));
    const { kept } = valueOf(await seen.worker.versions('mail'));
    const to = kept.at(-1)!.digest;
    valueOf(await seen.worker.rollback({ taskId: 'mail', to, setAside: false }));
    const report = await healthOf(seen.worker);
    expect(report.judged).toBe(100);
    expect(alertsOf(seen.events).filter(({ alert }) => alert.code === 'ROLLED_BACK')).not.toEqual([]);
  });
});

describe('drift', () => {
  test('of one feature names it, in the alert and in the report', async () => {
    const seen = await visit(new MemoryStore());
    await receive(seen, mails(420, { from: 350, shift: 4 }));
    const raised = alertsOf(seen.events).find(({ alert }) => alert.code === 'DRIFT_FEATURES');
    expect(raised).toMatchObject({ state: 'raised', taskId: 'mail' });
    expect(raised?.attribution).toMatch(/length/);
    expect(raised?.attribution).not.toMatch(/sender|device/);
  });

  test('is none where nothing moves', async () => {
    const seen = await visit(new MemoryStore());
    await receive(seen, mails(420));
    const codes = alertsOf(seen.events).map(({ alert }) => alert.code);
    expect(codes.filter((code) => code === 'DRIFT_FEATURES' || code === 'DRIFT_ERRORS')).toEqual([]);
    expect((await healthOf(seen.worker)).drift.features).toMatchObject({ status: 'watching' });
  });
});

describe('alerts', () => {
  test('are raised beyond one limit, and cleared behind another', async () => {
    const declared = withMonitor({ alerts: { fallbackShare: { raise: 0.5, clear: 0.3, looks: 2 } } });
    const seen = await visit(new MemoryStore(), declared);
    const [input] = mails(1);
    const told: [string, number][] = [];
    const ask = async (index: number, kept: boolean) => {
      const decisionId = `asked ${index}`;
      valueOf(await seen.worker.classify({ taskId: 'mail', decisionId, input: { length: input!.length } }));
      if (kept) valueOf(await seen.worker.servedByHost(decisionId));
      seen.clock.move(3_000);
      const fresh = alertsOf(seen.events)
        .filter(({ alert }) => alert.code === 'FALLBACK_SHARE_HIGH')
        .slice(told.length);
      for (const { state, alert } of fresh) told.push([state, alert.value]);
    };
    for (let index = 0; index < 300; index++) await ask(index, true);
    expect(told.map(([state]) => state)).toEqual(['raised']);
    expect(told[0]![1]).toBeGreaterThan(0.5);
    expect((await healthOf(seen.worker)).alerts).toMatchObject([{ code: 'FALLBACK_SHARE_HIGH', severity: 'critical' }]);
    for (let index = 300; index < 900; index++) await ask(index, false);
    expect(told.map(([state]) => state)).toEqual(['raised', 'cleared']);
    expect(told[1]![1]).toBeLessThanOrEqual(0.3);
    const { operation, alerts } = await healthOf(seen.worker);
    expect(alerts).toEqual([]);
    expect(operation.fallback.total.reasons).toMatchObject([{ reason: 'HOST_SERVED' }]);
    expect(operation.storage).toMatchObject({ share: 0.1 });
  });
});

describe('what is kept', () => {
  test('and damaged is reported, and begins anew', async () => {
    const store = new MemoryStore();
    await receive(await visit(store), mails(30));
    await store.putSetting(healthKey(modelKeyOf(task)), { format: 1, judged: 'many' });
    const seen = await visit(store);
    await receive(seen, mails(5, { seed: 3 }), 'after');
    expect(await errorCodes(seen.worker)).toEqual(['INVALID_DATA']);
    expect((await healthOf(seen.worker)).judged).toBe(5);
  });

  test('is in the visitor’s copy, and is forgotten with what it was made of', async () => {
    const store = new MemoryStore();
    const seen = await visit(store);
    await receive(seen, mails(40));
    const copy = await valueOf(await seen.worker.exportData([])).text();
    expect(copy).toContain(healthKey(modelKeyOf(task)));
    expect(copy).toContain('device=phone');
    const account = valueOf(await seen.worker.forget({ taskId: 'mail', fromMs: 0 }));
    expect(account.removed['experiences']).toBe(40);
    const report = await healthOf(seen.worker);
    expect(report).toMatchObject({ judged: 0, alerts: [] });
    valueOf(await seen.worker.checkpoint('mail'));
    expect(JSON.stringify((await store.setting(healthKey(modelKeyOf(task)))) ?? null)).not.toContain('device=phone');
  });

  test('is read by a tab that does not learn, and not written there', async () => {
    const store = new MemoryStore();
    await receive(await visit(store), mails(30));
    const elect = () => Promise.resolve({ elected: false, release: () => undefined });
    const openTabs = () => ({ ...nodeEnvironment().openTabs('test'), elect });
    const { worker } = await startNodeWorker({ store, tasks: [task], environment: { openTabs } });
    const before = await store.setting(healthKey(modelKeyOf(task)));
    valueOf(await worker.classify({ taskId: 'mail', decisionId: 'here', input: { length: 1 } }));
    expect((await healthOf(worker)).judged).toBe(30);
    expect(await store.setting(healthKey(modelKeyOf(task)))).toEqual(before);
  });

  test('is nothing where the task says so', async () => {
    const store = new MemoryStore();
    const seen = await visit(store, withMonitor({ off: true }));
    await receive(seen, mails(10));
    expect(await seen.worker.health('mail')).toMatchObject({ ok: false, error: { code: 'INVALID_CONFIG' } });
    expect(await store.setting(healthKey(modelKeyOf(task)))).toBeUndefined();
  });
});

test('a segment is a categorical feature of the input', async () => {
  const { started } = await startNodeWorker({
    store: new MemoryStore(),
    tasks: [withMonitor({ segments: ['length'] })],
  });
  expect(valueOf(started).refused['mail']).toMatchObject({ code: 'INVALID_CONFIG' });
});

test('what may leave the device says nothing about what a visitor did', async () => {
  const seen = await visit(new MemoryStore());
  await receive(seen, mails(15));
  expect(valueOf(await seen.worker.aggregates('mail'))).toMatchObject({
    judged: 15,
    outcome: { accuracy: null, logLoss: null },
    latency: { p50Ms: null },
    fallbackShare: null,
  });
  await receive(seen, mails(108, { seed: 4 }), 'more');
  const aggregates = valueOf(await seen.worker.aggregates('mail'));
  const report = await healthOf(seen.worker);
  if (report.outcome?.kind !== 'classification') throw new Error('no classification');
  expect(aggregates.judged).toBe(120);
  expect(aggregates.outcome['accuracy']).toBeCloseTo(report.outcome.all.total.accuracy!, 3);
  expect(JSON.stringify(report)).toContain('spam');
  expect(JSON.stringify(aggregates)).not.toMatch(/spam|"ok"|phone|desk|digest/);
});
