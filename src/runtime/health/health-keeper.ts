import { SerialQueue } from '../../core/serial-queue.ts';
import { asTendrilError, TendrilError } from '../../errors.ts';
import { healthKey } from '../../memory/store.ts';
import type { HealthAggregates, HealthReport } from '../../protocol/health.ts';
import { aggregatesOf } from './aggregates.ts';
import type { HealthFeedParts, HealthKeeperParts } from './health-parts.ts';
import { keeperParts } from './keeper-parts.ts';
import { TaskHealth } from './task-health.ts';

/** Stored no more often than this. */
const SAVE_EVERY_MS = 5_000;
const STORAGE_EVERY_MS = 60_000;

/** Keeps the health of one task across sessions. It is never more important than serving: what is damaged is reported, and begins anew. */
export class HealthKeeper {
  readonly #parts: HealthKeeperParts;
  readonly #queue = new SerialQueue();
  #health: TaskHealth;
  #savedMs: number;
  #measuredMs = -Infinity;
  #isStored = false;
  #changed = false;

  private constructor(parts: HealthKeeperParts) {
    this.#parts = parts;
    this.#health = this.#fresh();
    this.#savedMs = parts.clock.monotonicMs();
  }

  /** @param learns whether this tab is the one that stores it */
  static async open(feed: HealthFeedParts, { learns }: { readonly learns: boolean }): Promise<HealthKeeper> {
    const parts = keeperParts(feed);
    const keeper = new HealthKeeper(parts);
    keeper.#isStored = keeper.#resume(await parts.store.setting(healthKey(parts.modelKey)));
    // From now on its absence says that it was forgotten.
    if (learns && !keeper.#isStored) await keeper.save(true);
    return keeper;
  }

  #fresh(): TaskHealth {
    return new TaskHealth(this.#parts);
  }

  /** @returns whether there was one */
  #resume(stored: unknown): boolean {
    if (stored === undefined) return false;
    try {
      if (!this.#health.restore(stored)) this.#health = this.#fresh();
    } catch (caught) {
      this.#health = this.#fresh();
      const reason = `the health of task "${this.#parts.task.id}": ${asTendrilError(caught).message}`;
      this.#parts.onError(new TendrilError('INVALID_DATA', { reason }));
    }
    return true;
  }

  /** @throws INVALID_DATA */
  tell(told: (health: TaskHealth) => void): void {
    this.#changed = true;
    told(this.#health);
  }

  async report(): Promise<HealthReport> {
    await this.#measure();
    return this.#health.report(this.#parts.sources());
  }

  async aggregates(): Promise<HealthAggregates> {
    return aggregatesOf(await this.report(), this.#parts.modelVersion(), this.#health.alertCounts);
  }

  /** @param now also where it was stored a moment ago */
  save(now: boolean): Promise<void> {
    return this.#queue.run(async () => {
      if (this.#isStored && !(this.#changed && (now || this.#isDue()))) return;
      this.#savedMs = this.#parts.clock.monotonicMs();
      await this.#measure();
      await this.#parts.exclusive(() => this.#put());
    });
  }

  #isDue(): boolean {
    return this.#parts.clock.monotonicMs() - this.#savedMs >= SAVE_EVERY_MS;
  }

  async #put(): Promise<void> {
    await this.#dropForgotten();
    this.#changed = false;
    await this.#parts.store.putSetting(healthKey(this.#parts.modelKey), this.#health.state());
    this.#isStored = true;
  }

  /** Something was forgotten: whatever was made of it must not be written again. */
  async #dropForgotten(): Promise<void> {
    const { store, modelKey } = this.#parts;
    if (!this.#isStored || (await store.setting(healthKey(modelKey))) !== undefined) return;
    this.#health = this.#fresh();
    this.#isStored = false;
    this.#changed = true;
  }

  /** To be called when something may have been forgotten. */
  reload(): Promise<void> {
    return this.#dropForgotten();
  }

  async #measure(): Promise<void> {
    const nowMs = this.#parts.clock.monotonicMs();
    if (nowMs - this.#measuredMs < STORAGE_EVERY_MS) return;
    this.#measuredMs = nowMs;
    const use = await this.#parts.storageUse();
    if (use) this.#health.stored(use);
  }
}
