import { afterEach, beforeEach, expect, test } from 'vitest';
import { resolveOptions } from '../../src/client/options.ts';
import { Tendril } from '../../src/client/tendril.ts';
import type { ClassificationTask } from '../../src/core/task.ts';
import { ShownLock } from '../../src/runtime/shown-lock.ts';
import { sourceParts } from '../support/lazy-parts.ts';

const task: ClassificationTask = { id: 'device', kind: 'classification', schema: { input: { x: 'numeric' } } };
/** Modules are loaded on the way. */
const patiently = { timeout: 20_000 };
const open = new Set<Tendril>();
let battery: EventTarget & { level: number; charging: boolean };

beforeEach(() => {
  localStorage.clear();
  battery = Object.assign(new EventTarget(), { level: 0.5, charging: false });
  Object.assign(navigator, { getBattery: () => Promise.resolve(battery) });
});
afterEach(() => {
  for (const tendril of open) tendril.dispose();
  open.clear();
  Reflect.deleteProperty(navigator, 'getBattery');
  Reflect.deleteProperty(document, 'visibilityState');
});

function client(namespace: string, consent: 'required' | 'not-required' = 'not-required'): Tendril {
  const options = { tasks: [task], namespace, backends: ['cpu'] as const, deadlineMs: 5_000 };
  const tendril = new Tendril(
    resolveOptions({ ...options, consent }, location.href),
    () => new Worker(new URL('../../workers/learner.worker.ts', import.meta.url), { type: 'module' }),
    sourceParts,
  );
  open.add(tendril);
  return tendril;
}

/** As the worker knows it by the time of another decision. */
async function device(tendril: Tendril) {
  await tendril.classify(task.id, { x: 1 });
  const health = await tendril.health.status(task.id);
  return health.ok ? health.value.operation.device : health.error;
}

test('the worker hears of the battery, and of its changes', async () => {
  const tendril = client('device-battery');
  await tendril.ready;
  await expect.poll(() => device(tendril), patiently).toMatchObject({ batteryLevel: 0.5, charging: false });
  battery.level = 0.4;
  battery.charging = true;
  battery.dispatchEvent(new Event('levelchange'));
  await expect.poll(() => device(tendril), patiently).toMatchObject({ batteryLevel: 0.4, charging: true });
  expect(await device(tendril)).toMatchObject({ cores: navigator.hardwareConcurrency });
});

test('a low battery stops learning, and a charger lets it go on', async () => {
  battery.level = 0.1;
  const tendril = client('device-low');
  await tendril.ready;
  await expect.poll(() => device(tendril), patiently).toMatchObject({ batteryLevel: 0.1 });
  const { decisionId } = await tendril.classify(task.id, { x: 2 });
  expect(await tendril.feedback({ decisionId, label: 'a' })).toMatchObject({ acknowledged: true });
  const learned = new Promise((resolve) => tendril.on('learned', resolve));
  expect((await tendril.status()).worker?.tasks[task.id]).toMatchObject({ pending: 1 });
  battery.charging = true;
  battery.dispatchEvent(new Event('chargingchange'));
  await learned;
  expect((await tendril.status()).worker?.tasks[task.id]).toMatchObject({ pending: 0 });
});

test('a page that is hidden is no longer shown to other tabs, until it is seen again', async () => {
  const other = new ShownLock(navigator.locks, 'tendril:device-hidden:shown');
  const see = (visibilityState: DocumentVisibilityState) => {
    Object.defineProperty(document, 'visibilityState', { value: visibilityState, configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  };
  const tendril = client('device-hidden');
  await tendril.ready;
  await expect.poll(() => other.isAnyShown(), patiently).toBe(true);
  see('hidden');
  await expect.poll(() => other.isAnyShown(), patiently).toBe(false);
  see('visible');
  await expect.poll(() => other.isAnyShown(), patiently).toBe(true);
});

test('nothing is looked up before consent, and nothing after the end', async () => {
  let [asked, read] = [0, 0];
  Object.defineProperty(battery, 'level', { get: () => (read++, 0.5) });
  Object.assign(navigator, { getBattery: () => (asked++, Promise.resolve(battery)) });
  const tendril = client('device-consent', 'required');
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(asked).toBe(0);
  tendril.privacy.grant();
  await tendril.ready;
  await expect.poll(() => asked, patiently).toBe(1);
  await expect.poll(() => read, patiently).toBeGreaterThan(0);
  const before = read;
  battery.dispatchEvent(new Event('levelchange'));
  expect(read).toBeGreaterThan(before);
  tendril.dispose();
  await new Promise((resolve) => setTimeout(resolve, 50));
  const atEnd = read;
  battery.dispatchEvent(new Event('levelchange'));
  document.dispatchEvent(new Event('visibilitychange'));
  expect(read).toBe(atEnd);
});

test('a shown tab is known to the others until it is hidden', async () => {
  const [one, other] = [new ShownLock(navigator.locks, 'device:shown'), new ShownLock(navigator.locks, 'device:shown')];
  expect(await one.isAnyShown()).toBe(false);
  await other.show(true);
  await other.show(true);
  expect(await one.isAnyShown()).toBe(true);
  await one.show(true);
  await other.show(false);
  expect(await other.isAnyShown()).toBe(true);
  await Promise.all([one.show(false), one.show(true), one.show(false)]);
  expect(await one.isAnyShown()).toBe(false);
});
