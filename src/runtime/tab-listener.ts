import type { DecisionLog } from './decision-log.ts';
import type { DeviceWatch } from './device-watch.ts';
import type { TabMessage } from './environment.ts';
import type { HealthFeeds } from './health/health-feeds.ts';
import type { Reviews } from './reviews/reviews.ts';
import type { RunningTask } from './running-task.ts';
import type { SignalIntake } from './signal-intake.ts';

export interface TabListenerParts {
  readonly device: DeviceWatch;
  readonly signals: SignalIntake;
  readonly decisions: DecisionLog;
  readonly health: HealthFeeds;
  readonly reviews: () => Promise<Reviews>;
  readonly running: () => Iterable<RunningTask>;
  /** What goes wrong is reported. */
  readonly inBackground: (work: Promise<unknown>) => void;
}

/** What this worker does when another tab's says something. Nothing of it was asked for here: it learns when the device has time. */
export class TabListener {
  readonly #parts: TabListenerParts;

  constructor(parts: TabListenerParts) {
    this.#parts = parts;
  }

  hear({ type, modelKey }: TabMessage): void {
    const { device, inBackground, running } = this.#parts;
    inBackground(device.heard(type));
    const task = [...running()].find(({ runtime }) => runtime.host.modelKey === modelKey);
    if (task) inBackground(this.#hearOf(task, type));
  }

  async #hearOf(task: RunningTask, type: TabMessage['type']): Promise<void> {
    const { runtime, backend } = task;
    const { host } = runtime;
    if (type === 'appended') await host.drain('arrived');
    if (type === 'forgotten') await this.#startOver(task);
    if (type === 'reviews') await this.#heardOfReviews(task);
    if (type === 'signals' && host.learning) await this.#parts.signals.settleSoon();
    if (type === 'checkpoint' && !host.learning) await backend.open(host);
    if (type === 'comparison' && runtime.kind === 'ranking') await runtime.hearOfComparison();
  }

  /** One was opened or settled. */
  async #heardOfReviews({ runtime: { host } }: RunningTask): Promise<void> {
    await (await this.#parts.reviews()).heard(host.task.id);
    // It may have been the approval of a version, which is settled however little time the device has to learn.
    await host.drain('arrived');
  }

  /** Something was forgotten, or the model sent back. */
  async #startOver({ runtime: { host } }: RunningTask): Promise<void> {
    const { health, decisions, signals } = this.#parts;
    await health.of(host.task.id)?.reload();
    await decisions.clear();
    await host.reload();
    await host.drain('arrived');
    await signals.settle();
  }
}
