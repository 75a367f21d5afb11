import * as v from 'valibot';
import { TendrilError } from '../errors.ts';
import type { ForgetAccount } from '../protocol/messages.ts';
import type { DecisionLog } from './decision-log.ts';
import type { OpenedStorage, Tabs } from './environment.ts';
import { memoryLock } from './memory-keeper.ts';
import type { AnyTaskRuntime } from './tasks/create-task-runtime.ts';

const text = v.pipe(v.string(), v.minLength(1), v.maxLength(1000));
const time = v.pipe(v.number(), v.finite());
const request = v.strictObject({
  taskId: text,
  item: v.exactOptional(text),
  fromMs: v.exactOptional(time),
  toMs: v.exactOptional(time),
  signalType: v.exactOptional(text),
});
export type ParsedForgetRequest = v.InferOutput<typeof request>;

/** @throws INVALID_DATA */
export function parseForgetRequest(given: unknown): ParsedForgetRequest {
  const result = v.safeParse(request, given);
  if (result.success && Object.keys(result.output).length > 1) return result.output;
  const reason = result.success ? 'nothing is named that is to be forgotten' : v.summarize(result.issues);
  throw new TendrilError('INVALID_DATA', { reason });
}

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
  { storage: { store, outbox }, decisions, tabs, onForgotten }: ForgetParts,
  { host }: AnyTaskRuntime,
  { taskId, ...what }: ParsedForgetRequest,
): Promise<ForgetAccount> {
  const { modelKey } = host;
  return tabs.exclusive(memoryLock(modelKey), async () => {
    await decisions.clear();
    const { removed, learnedTo, epoch: _, ...counts } = await store.forget({ modelKey, ...what });
    const waiting = removed.first === null ? [] : (await outbox.list()).filter(({ model }) => model === taskId);
    for (const { id } of waiting) await outbox.remove(id);
    tabs.post({ type: 'forgotten', modelKey });
    await onForgotten();
    await host.reload();
    const restoredFrom = learnedTo ?? 0;
    const relearned = await store.countExperiencesAfter(modelKey, restoredFrom);
    await host.drain();
    return { removed: { ...counts, outbox: waiting.length }, restoredFrom, relearned };
  });
}
