import type { TendrilError } from '../errors.ts';
import { expectedSpec } from '../learners/fresh-learner.ts';
import type { ParsedTask } from '../learners/task-schema.ts';
import type { Store } from '../memory/store.ts';
import type { Checkpoint } from '../versions/checkpoint.ts';
import { promoted } from './comparison/compare.ts';
import type { DeviceWatch } from './device-watch.ts';
import type { Environment, Tabs } from './environment.ts';
import type { HealthFeeds } from './health/health-feeds.ts';
import { ModelHost } from './model-host.ts';
import type { Model, ModelOrigin } from './models/model.ts';
import type { Outlet } from './outlet.ts';
import type { Publisher } from './publisher.ts';
import type { Reviews } from './reviews/reviews.ts';
import type { AnyTaskRuntime } from './tasks/create-task-runtime.ts';

/** What the host of a task's model needs of its runtime. */
export interface HostParts {
  readonly environment: Environment;
  readonly outlet: Outlet;
  readonly tabs: Tabs;
  readonly store: Store;
  readonly health: HealthFeeds;
  readonly device: DeviceWatch;
  readonly publisher: Publisher | null;
  /** Of the registry's model that a device without one starts from. */
  readonly registryAlias: string;
  readonly reviews: () => Promise<Reviews>;
  /** Something could not be computed while the model learned. */
  readonly onFailed: (error: TendrilError) => void;
  /** Bytes may be held now that were not held before. */
  readonly onGrown: () => void;
  /** Of the task, once there is one. */
  readonly runtime: () => AnyTaskRuntime | undefined;
  /** What goes wrong is reported. */
  readonly inBackground: (work: Promise<unknown>) => void;
}

/** The host of a task's model, with everything that is told of what happens in it. */
export function createHost<M extends Model>(
  parts: HostParts,
  task: ParsedTask,
  schemaHash: string,
  createModel: (origin: ModelOrigin) => M,
): ModelHost<M> {
  const { environment, outlet, tabs, store, inBackground, reviews } = parts;
  const modelKey = `${task.id}@${schemaHash}`;
  const health = parts.health.open(task, modelKey, () => host);
  const host: ModelHost<M> = new ModelHost({
    ...{ task, createModel, schemaHash, modelKey, store },
    clock: environment.clock,
    yieldToEvents: () => environment.yieldToEvents(),
    lookAround: () => parts.device.look(),
    fetchInitial: () => fetchInitial(parts, task, schemaHash),
    onError: (error) => {
      outlet.report(error, task.id);
    },
    onCheckpoint: (model) => {
      tabs.post({ type: 'checkpoint', modelKey });
      outlet.emit({ type: 'learned', taskId: task.id, model });
      if (health) inBackground(health.save(false));
      parts.onGrown();
    },
    onFailed: parts.onFailed,
    onMove: (move) => {
      outlet.emit({ type: 'version', taskId: task.id, move });
      health?.moved(move, host.lineage);
      const running = parts.runtime();
      if (running && move.kind === 'promoted') inBackground(promoted(running, move.position, tabs));
    },
    onOverruled: () => {
      tabs.post({ type: 'forgotten', modelKey });
    },
    onRefused: (report) => health?.tell((watch) => watch.refused(report)),
    onAwaiting: ({ digest }, report) => {
      const asked = { taskId: task.id, modelKey, digest, about: { gate: report } };
      inBackground(reviews().then((opened) => opened.openPromotion(asked)));
    },
    approvalOf: async (digest) => (await reviews()).approvalOf(digest),
    onBout: (experience, bout) => health?.judged(experience, bout, host.lineage.champion),
    onLearned: (durationMs) => health?.tell((watch) => watch.learned(durationMs)),
  });
  return host;
}

/** The registry's model, where there is one that can be had and fits; the page must not wait for it in vain. */
async function fetchInitial(parts: HostParts, task: ParsedTask, schemaHash: string): Promise<Checkpoint | null> {
  try {
    const expected = { taskId: task.id, schemaHash, spec: expectedSpec(task) };
    return (await parts.publisher?.fetch(expected, parts.registryAlias)) ?? null;
  } catch (caught) {
    parts.outlet.report(caught, task.id);
    return null;
  }
}
