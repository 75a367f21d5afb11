import type { Clock } from '../../core/clock.ts';
import type { ParsedTask } from '../../learners/task-schema.ts';
import type { Store } from '../../memory/store.ts';
import type { StorageUse } from '../../monitor/operation/device-state.ts';
import type { Environment, Tabs } from '../environment.ts';
import type { ModelHost } from '../model-host.ts';
import type { Outlet } from '../outlet.ts';
import type { AnyTaskRuntime } from '../tasks/create-task-runtime.ts';
import type { HealthSources, TaskHealthParts } from './task-health.ts';

export interface HealthFeedsParts {
  readonly store: Store;
  readonly environment: Environment;
  readonly tabs: Tabs;
  readonly outlet: Outlet;
  /** @throws UNKNOWN_TASK */
  readonly task: (taskId: string) => AnyTaskRuntime;
}

export interface HealthFeedParts {
  readonly of: HealthFeedsParts;
  readonly task: ParsedTask;
  readonly modelKey: string;
  /** Of the task, once there is one. */
  readonly host: () => ModelHost;
}

export interface HealthKeeperParts extends TaskHealthParts {
  readonly task: ParsedTask;
  readonly clock: Clock;
  readonly modelKey: string;
  readonly store: Pick<Store, 'setting' | 'putSetting'>;
  /** Runs the job while nothing of the model is forgotten, in any tab. */
  readonly exclusive: <T>(job: () => Promise<T>) => Promise<T>;
  readonly sources: () => HealthSources;
  /** The registry's number of what serves. */
  readonly modelVersion: () => number | null;
  /** null where the device does not say. */
  readonly storageUse: () => Promise<StorageUse | null>;
  readonly onError: (caught: unknown) => void;
}
