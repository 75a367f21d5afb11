import type { ForgetReport } from '../memory/forget-request.ts';
import type { ForgetAccount } from '../protocol/messages.ts';
import type { DecisionLog } from './decision-log.ts';
import type { OpenedStorage, Tabs } from './environment.ts';
import { memoryLock } from './memory-keeper.ts';
import type { ParsedForgetRequest } from './parse-forget-request.ts';
import type { AnyTaskRuntime } from './tasks/create-task-runtime.ts';

export interface ForgetParts {
  readonly storage: OpenedStorage;
  readonly decisions: DecisionLog;
  readonly tabs: Tabs;
  /** The store has forgotten; the model has not been loaded anew yet. */
  readonly onForgotten: () => Promise<void>;
}

/**
 * Forgets what the request names, and has the model learn again what is left, from the newest checkpoint that never saw it. Models of the task that wait to be
 * published have seen it, and go too; what was published cannot be called back.
 */
export function forget(
  { storage, decisions, tabs, onForgotten }: ForgetParts,
  { host }: AnyTaskRuntime,
  { taskId, ...what }: ParsedForgetRequest,
): Promise<ForgetAccount> {
  const { modelKey } = host;
  const { store } = storage;
  return tabs.exclusive(memoryLock(modelKey), async () => {
    await decisions.clear();
    const { report, outbox } = await withOutbox(storage, taskId, () => store.forget({ modelKey, ...what }));
    const { removed: _removed, learnedTo, epoch: _epoch, ...counts } = report;
    tabs.post({ type: 'forgotten', modelKey });
    await onForgotten();
    await host.reload();
    const restoredFrom = learnedTo ?? 0;
    const relearned = await store.countExperiencesAfter(modelKey, restoredFrom);
    await host.drain();
    return { removed: { ...counts, outbox }, restoredFrom, relearned };
  });
}

/**
 * Removes the task's models that wait to be published, where the log is no longer what they were made of. The outbox has transactions of its own: until this one is
 * settled they are parked, so that a worker killed in between publishes none. Those that it leaves behind wait for a person, or for the model to be published again.
 * @returns `outbox` how many went
 */
async function withOutbox(
  { outbox }: Pick<OpenedStorage, 'outbox'>,
  taskId: string,
  job: () => Promise<ForgetReport>,
): Promise<{ readonly report: ForgetReport; readonly outbox: number }> {
  const waiting = async () => (await outbox.list()).filter(({ model }) => model === taskId);
  const held = (await waiting()).filter(({ parked }) => !parked);
  const release = async () => {
    for (const entry of held) await outbox.update(entry);
  };
  for (const entry of held) await outbox.update({ ...entry, parked: true });
  const report = await job().catch(async (caught: unknown) => {
    await release();
    throw caught;
  });
  if (report.removed.first === null) {
    await release();
    return { report, outbox: 0 };
  }
  const gone = await waiting();
  for (const { id } of gone) await outbox.remove(id);
  return { report, outbox: gone.length };
}
