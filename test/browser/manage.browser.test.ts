import { afterEach, beforeEach, expect, test } from 'vitest';
import { resolveOptions } from '../../src/client/options.ts';
import { Tendril } from '../../src/client/tendril.ts';
import type { ClassificationTask } from '../../src/core/task.ts';
import type { Alert } from '../../src/protocol/messages.ts';
import { valueOf } from '../support/browser-worker.ts';
import { sourceParts } from '../support/lazy-parts.ts';

const task: ClassificationTask = {
  id: 'signs',
  kind: 'classification',
  schema: { input: { x: 'numeric', device: 'categorical' } },
  monitor: { segments: ['device'] },
};

let tendril: Tendril;
let worker: Worker;

beforeEach(async ({ task: { id } }) => {
  localStorage.clear();
  const options = { tasks: [task], namespace: `manage-${id}`, backends: ['cpu'] as const };
  worker = new Worker(new URL('../../workers/learner.worker.ts', import.meta.url), { type: 'module' });
  tendril = new Tendril(resolveOptions({ ...options, deadlineMs: 60_000 }, location.href), () => worker, sourceParts);
  await tendril.ready;
});
afterEach(() => {
  tendril.dispose();
  worker.terminate();
});

async function ask(index: number): Promise<void> {
  const x = index % 2 ? 1 : -1;
  const { decisionId } = await tendril.classify('signs', { x, device: index % 3 ? 'desk' : 'phone' });
  await tendril.feedback({ decisionId, label: x > 0 ? 'plus' : 'minus' });
}

test('the page sees how a task does, which versions it has, and goes back', async () => {
  const alerts: Alert[] = [];
  tendril.on('alert', ({ alert, state }) => {
    if (state === 'raised') alerts.push(alert);
  });
  for (let index = 0; index < 40; index++) await ask(index);
  valueOf(await tendril.checkpoint('signs'));
  const before = valueOf(await tendril.versions.status('signs'));
  expect(before.kept.length).toBeGreaterThan(1);
  const health = valueOf(await tendril.health.status('signs'));
  expect(health).toMatchObject({ kind: 'classification', judged: 40, outcome: { all: { total: { count: 40 } } } });
  expect(health.operation.storage?.quotaBytes).toBeGreaterThan(0);
  expect(valueOf(await tendril.health.aggregates('signs'))).toMatchObject({ judged: 40, taskId: 'signs' });

  const to = before.kept.at(-1)!.digest;
  const after = valueOf(await tendril.versions.rollback('signs', { to, by: 'operator', why: 'a try' }));
  expect(after.moves.find(({ kind }) => kind === 'overruled')).toMatchObject({ to, by: 'operator', why: 'a try' });
  await expect.poll(() => alerts.map(({ code }) => code)).toContain('ROLLED_BACK');
  expect(await tendril.health.status('unknown')).toMatchObject({ ok: false, error: { code: 'UNKNOWN_TASK' } });
});
