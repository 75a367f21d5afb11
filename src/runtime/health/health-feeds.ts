import type { ParsedTask } from '../../learners/task-schema.ts';
import type { Abstention, WireResult, WorkerEvent } from '../../protocol/messages.ts';
import type { KnownDevice } from './known-device.ts';
import type { ModelHost } from '../model-host.ts';
import type { Outlet } from '../outlet.ts';
import { HealthFeed } from './health-feed.ts';
import type { HealthFeedsParts } from './health-parts.ts';

/** The health of every task of a runtime: who tells it what, and whom it tells. */
export class HealthFeeds {
  readonly #parts: HealthFeedsParts;
  readonly #feeds = new Map<string, HealthFeed>();
  #device: KnownDevice | null = null;
  /** Tasks that know it. */
  readonly #toldOfDevice = new Set<string>();

  constructor(parts: HealthFeedsParts) {
    this.#parts = parts;
  }

  /** @param host of the task, once there is one @returns null where the task is not watched */
  open(task: ParsedTask, modelKey: string, host: () => ModelHost): HealthFeed | null {
    if (task.monitor.off) return null;
    const feed = new HealthFeed({ of: this.#parts, task, modelKey, host });
    this.#feeds.set(task.id, feed);
    return feed;
  }

  /** Where the task is watched. */
  of(taskId: string): HealthFeed | undefined {
    return this.#feeds.get(taskId);
  }

  /** Told with the next answer: where nothing is decided nobody needs it. */
  set device(known: KnownDevice) {
    this.#device = known;
    this.#toldOfDevice.clear();
  }

  #tellDevice(taskId: string): void {
    const device = this.#device;
    if (!device || this.#toldOfDevice.has(taskId)) return;
    this.#toldOfDevice.add(taskId);
    this.of(taskId)?.tell((health) => health.device(device));
  }

  /** A call that asked for a decision has its answer, `durationMs` after it came. @param waiting calls that waited then */
  answered(
    { taskId, decisionId }: { readonly taskId: string; readonly decisionId: string },
    result: WireResult<{ readonly abstained?: Abstention | null }>,
    { durationMs, waiting }: { readonly durationMs: number; readonly waiting: number },
  ): void {
    this.#tellDevice(taskId);
    this.of(taskId)?.tell((health) => {
      health.answered(decisionId, result, { durationMs, waiting });
    });
  }

  /** Whose decision it was is not said: the other tasks do not know it. */
  servedByHost(decisionId: string): void {
    for (const feed of this.#feeds.values()) feed.tell((health) => health.hostServed(decisionId));
  }

  /** An outlet whose events are figures of health, too: how many reviews wait. */
  get outlet(): Outlet {
    const { outlet } = this.#parts;
    return {
      report: (caught, taskId) => {
        outlet.report(caught, taskId);
      },
      emit: (event) => {
        outlet.emit(event);
        this.#heard(event);
      },
    };
  }

  #heard(event: WorkerEvent): void {
    if (event.type !== 'review') return;
    this.of(event.taskId)?.tell((health) => health.reviewsWaiting(event.waiting));
  }
}
