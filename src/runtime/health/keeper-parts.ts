import type { ExposureSummary } from '../../monitor/exposure/exposure-book.ts';
import { memoryLock } from '../memory-keeper.ts';
import type { AnyTaskRuntime } from '../tasks/create-task-runtime.ts';
import type { HealthFeedParts, HealthKeeperParts } from './health-parts.ts';
import type { HealthSources } from './task-health.ts';

/** What a keeper needs, from what its runtime has. */
export function keeperParts({ of, task, modelKey, host }: HealthFeedParts): HealthKeeperParts {
  const { environment, tabs, store, outlet } = of;
  const onError = (caught: unknown) => {
    outlet.report(caught, task.id);
  };
  return {
    ...{ task, modelKey, store, clock: environment.clock, onError },
    longestWindowMs: () => of.task(task.id).rules.longestWindowMs,
    exclusive: (job) => tabs.exclusive(memoryLock(modelKey), job),
    exposure: () => exposureOf(of.task(task.id)),
    sources: () => sourcesOf(of.task(task.id)),
    modelVersion: () => host().reference().modelVersion,
    storageUse: () => environment.storageUse(),
    emit: ({ kind: state, alert }, attribution) => {
      outlet.emit({ type: 'alert', taskId: task.id, state, alert, attribution });
      if (state === 'raised' && alert.code.startsWith('DRIFT_')) host().drain('drift').catch(onError);
    },
  };
}

function exposureOf(runtime: AnyTaskRuntime): ExposureSummary | null {
  return runtime.kind === 'ranking' ? (runtime.exposure?.summary() ?? null) : null;
}

function sourcesOf(runtime: AnyTaskRuntime): HealthSources {
  const { lineage } = runtime.host;
  const uplift = runtime.kind === 'ranking' ? runtime.uplift : null;
  return { lineage, exposure: exposureOf(runtime), uplift };
}
