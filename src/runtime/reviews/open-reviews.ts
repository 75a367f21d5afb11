import { createReviewQueue } from '../../sync/review-queue.ts';
import type { DecisionLog } from '../decision-log.ts';
import type { Environment, OpenedStorage, Tabs } from '../environment.ts';
import type { Outlet } from '../outlet.ts';
import type { AnyTaskRuntime } from '../tasks/create-task-runtime.ts';
import { Reviews } from './reviews.ts';

export interface OpenReviewsParts {
  readonly storage: OpenedStorage;
  readonly decisions: DecisionLog;
  readonly environment: Environment;
  readonly tabs: Tabs;
  readonly outlet: Outlet;
  /** null where nothing leaves the device. */
  readonly registryUrl: string | null;
  readonly task: (taskId: string) => AnyTaskRuntime;
  readonly running: () => readonly AnyTaskRuntime[];
}

/** What a runtime has for its reviews, and how they speak without being asked. */
export function openReviews({ environment, tabs, outlet, registryUrl, ...parts }: OpenReviewsParts): Reviews {
  const { clock } = environment;
  const fetch: typeof globalThis.fetch = (...given) => environment.fetch(...given);
  return new Reviews({
    store: parts.storage.store,
    decisions: parts.decisions,
    clock,
    delay: (ms) => environment.delay(ms),
    exclusive: (name, job) => tabs.exclusive(name, job),
    task: parts.task,
    remote: registryUrl === null ? null : createReviewQueue({ baseUrl: registryUrl, fetch }),
    onChange: ({ taskId, modelKey, reviewId }, waiting) => {
      outlet.emit({ type: 'review', taskId, reviewId, waiting });
      tabs.post({ type: 'reviews', modelKey });
    },
    onHeard: (taskId, waiting) => {
      outlet.emit({ type: 'review', taskId, reviewId: null, waiting });
    },
    onPromotion: (modelKey) => {
      const decided = parts.running().find(({ host }) => host.modelKey === modelKey);
      // The versions are looked at with what is learned next.
      decided?.learnSoon();
    },
    onError: (caught, taskId) => {
      outlet.report(caught, taskId);
    },
  });
}
