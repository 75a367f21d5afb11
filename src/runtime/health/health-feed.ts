import type { HealthAggregates, HealthReport } from '../../protocol/health.ts';
import type { StoredExperience } from '../../memory/records.ts';
import type { Bout } from '../../versions/contest.ts';
import type { Lineage, Move, VersionReference } from '../../versions/lineage.ts';
import type { HealthFeedParts } from './health-parts.ts';
import type { HealthKeeper } from './health-keeper.ts';
import type { TaskHealth } from './task-health.ts';

type Told = (health: TaskHealth) => void;

/** What is told before its keeper is loaded; of more the oldest is lost. */
const MOST_WAITING = 2_000;

/** Takes what there is to tell about a task's health to where it is kept, which is loaded when there is something: it is not needed to serve. */
export class HealthFeed {
  readonly #parts: HealthFeedParts;
  #waiting: Told[] = [];
  #loading: Promise<HealthKeeper> | null = null;
  #keeper: HealthKeeper | null = null;
  #failed = false;

  constructor(parts: HealthFeedParts) {
    this.#parts = parts;
  }

  get #learns(): boolean {
    return this.#parts.host().learning;
  }

  #report(caught: unknown): void {
    this.#parts.of.outlet.report(caught, this.#parts.task.id);
  }

  /** Where this tab learns; another tab's answers are its own. Nothing here throws. */
  tell(told: Told): void {
    if (this.#failed || !this.#learns) return;
    if (this.#keeper) {
      this.#try(this.#keeper, told);
      return;
    }
    this.#waiting.push(told);
    if (this.#waiting.length > MOST_WAITING) this.#waiting.shift();
    if (this.#loading) return;
    this.#load().catch((caught: unknown) => {
      this.#report(caught);
    });
  }

  /** What was said of an experience before it was learned. @param champion that served by then */
  judged(experience: StoredExperience, bout: Bout, champion: VersionReference | null): void {
    this.tell((health) => {
      health.judged(experience, bout, champion);
    });
  }

  moved(move: Move, lineage: Lineage): void {
    this.tell((health) => {
      health.moved(move, lineage);
    });
  }

  #try(keeper: HealthKeeper, told: Told): void {
    try {
      keeper.tell(told);
    } catch (caught) {
      // What is no number is no figure; said once, not with every decision.
      if (!this.#failed) this.#report(caught);
      this.#failed = true;
    }
  }

  async #load(): Promise<HealthKeeper> {
    this.#loading ??= this.#open();
    try {
      return await this.#loading;
    } catch (caught) {
      this.#failed = true;
      this.#waiting = [];
      throw caught;
    }
  }

  async #open(): Promise<HealthKeeper> {
    const { HealthKeeper: Keeper } = await import('./health-keeper.ts');
    const keeper = await Keeper.open(this.#parts, { learns: true });
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const told of waiting) this.#try(keeper, told);
    this.#keeper = keeper;
    return keeper;
  }

  /** Of this tab where it learns, otherwise as the one that does has stored it. */
  async #current(): Promise<HealthKeeper> {
    if (this.#learns) return this.#load();
    const { HealthKeeper: Keeper } = await import('./health-keeper.ts');
    return Keeper.open(this.#parts, { learns: false });
  }

  async report(): Promise<HealthReport> {
    return (await this.#current()).report();
  }

  async aggregates(): Promise<HealthAggregates> {
    return (await this.#current()).aggregates();
  }

  /** Where it cannot be stored that is reported: whoever watches must not stop what is watched. @param now also where it was stored a moment ago */
  async save(now: boolean): Promise<void> {
    if (!this.#keeper || !this.#learns) return;
    try {
      await this.#keeper.save(now);
    } catch (caught) {
      this.#report(caught);
    }
  }

  /** Something may have been forgotten: then all of this is, too. */
  async reload(): Promise<void> {
    await this.#loading?.catch(() => undefined);
    await this.#keeper?.reload();
  }
}
