import type { Clock } from '../core/clock.ts';
import type { LocalTime } from '../core/local-time.ts';
import { TendrilError } from '../errors.ts';
import type { Consolidation } from '../memory/long-term/consolidate.ts';
import { parseKnowledge, type KnowledgeRecord } from '../memory/long-term/knowledge.ts';
import { consolidationKey, type PruneReport, type Store } from '../memory/store.ts';
import type { ConsolidationReport, MemoryStatus } from '../protocol/messages.ts';
import type { ModelHost } from './model-host.ts';
import { TimeSlices } from './time-slices.ts';

/** Experiences read from the log at once. */
const PAGE = 100;
/** Taken in between two looks at the clock. */
const STEP = 10;
/** What was taken in is stored after so many experiences at the latest: who is stopped goes on from there. */
const STORE_EVERY = 50_000;
/** New experiences that make a consolidation worth while. */
const WORTH_WHILE = 50;
const DAY_MS = 86_400_000;

export interface MemoryKeeperParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly localTime: (ms: number) => LocalTime;
  readonly yieldToEvents: () => Promise<void>;
  /** Runs the job while no other tab runs one of this name. */
  readonly exclusive: <T>(name: string, job: () => Promise<T>) => Promise<T>;
}

/** Whose memory it is. */
type Remembering = Pick<ModelHost, 'modelKey'> & { readonly task: Pick<ModelHost['task'], 'seed'> };

/** The lock under which long-term memory of a model is changed. */
export const memoryLock = (modelKey: string): string => `memory:${modelKey}`;

/** Makes long-term memory of the log, and drops what is too old or too much of it. */
export class MemoryKeeper {
  readonly #parts: MemoryKeeperParts;

  constructor(parts: MemoryKeeperParts) {
    this.#parts = parts;
  }

  /** Consolidates, where that is worth while, and prunes. @param isIdle false stops it; it goes on the next time */
  async tend(host: ModelHost, isIdle: () => boolean): Promise<void> {
    let { report } = await this.#stored(host.modelKey);
    const fresh = await this.#parts.store.countExperiencesAfter(host.modelKey, report?.consolidatedTo ?? 0);
    if (fresh >= WORTH_WHILE) report = await this.consolidate(host, isIdle);
    if (isIdle()) await this.#prune(host, report?.consolidatedTo ?? 0);
  }

  /** Takes what is new in the log into long-term memory, in slices. */
  consolidate(host: Remembering, isWanted: () => boolean = () => true): Promise<ConsolidationReport> {
    const { modelKey } = host;
    return this.#parts.exclusive(memoryLock(modelKey), async () => {
      const stored = await this.#stored(modelKey);
      const consolidation = await this.#open(host, stored.state);
      let { report } = stored;
      for (let ended = false; !ended;) {
        ended = await this.#takeIn(consolidation, modelKey, isWanted);
        if (!report || report.consolidatedTo < consolidation.consolidatedTo)
          report = await this.#store(consolidation, modelKey);
      }
      return report ?? { consolidatedTo: 0, atMs: this.#parts.clock.nowMs(), kept: 0, dropped: 0 };
    });
  }

  /** What was taken in so far, or all anew where that is lost: the exemplars that stand may be of episodes that are no longer in the log. */
  async #open({ modelKey, task: { seed } }: Remembering, state: unknown): Promise<Consolidation> {
    const { localTime, yieldToEvents } = this.#parts;
    // Loaded when it is first needed: most visits are too short for it.
    const { Consolidation } = await import('../memory/long-term/consolidate.ts');
    const resumed = new Consolidation({ modelKey, seed, localTime });
    try {
      if (state !== null) {
        await resumed.resume(state, yieldToEvents);
        return resumed;
      }
    } catch (caught) {
      if (!(caught instanceof TendrilError && caught.code === 'CHECKPOINT_CORRUPT')) throw caught;
    }
    return new Consolidation({ modelKey, seed, localTime, standing: await this.knowledge(modelKey) });
  }

  /** @returns whether it has come to the end of the log, or is not wanted any longer */
  async #takeIn(consolidation: Consolidation, modelKey: string, isWanted: () => boolean): Promise<boolean> {
    const { store, clock, yieldToEvents } = this.#parts;
    const slices = new TimeSlices(clock, yieldToEvents);
    for (let taken = 0; taken < STORE_EVERY;) {
      const page = await store.experiencesAfter(modelKey, consolidation.consolidatedTo, PAGE);
      slices.begin();
      for (let start = 0; start < page.length; start += STEP) {
        consolidation.step(page.slice(start, start + STEP));
        await slices.giveWay();
      }
      taken += page.length;
      if (page.length < PAGE || !isWanted()) return true;
      await yieldToEvents();
    }
    return false;
  }

  async #store(consolidation: Consolidation, modelKey: string): Promise<ConsolidationReport> {
    const { store, clock, yieldToEvents } = this.#parts;
    await yieldToEvents();
    consolidation.prepare(clock.nowMs());
    await yieldToEvents();
    const { records, report } = consolidation.finish(clock.nowMs());
    await yieldToEvents();
    const { consolidatedTo, atMs, kept, dropped } = report;
    const told = { consolidatedTo, atMs, kept, dropped };
    const state = await consolidation.stateInSlices(yieldToEvents);
    await store.putKnowledge(records, { state, report: told }, modelKey);
    return told;
  }

  /** Drops episodes that are older or more than the task keeps; never what is not learned and taken in yet, or what is still rehearsed. */
  #prune(host: ModelHost, consolidatedTo: number): Promise<PruneReport> {
    const { store, clock } = this.#parts;
    const { maxAgeDays, maxBytes } = host.task.memory;
    return store.prune({
      modelKey: host.modelKey,
      beforeMs: clock.nowMs() - maxAgeDays * DAY_MS,
      maxBytes,
      upTo: Math.min(host.learnedByAll, consolidatedTo),
      keep: host.rehearsed,
    });
  }

  /** The entries that stand. */
  async knowledge(modelKey: string): Promise<KnowledgeRecord[]> {
    const records = await this.#parts.store.knowledge(modelKey);
    return records.map(parseKnowledge).filter(({ value }) => value !== null);
  }

  async status(modelKey: string): Promise<MemoryStatus> {
    const usage = (await this.#parts.store.usage()).find((one) => one.modelKey === modelKey);
    const longTerm: Record<string, number> = {};
    for (const { kind } of await this.knowledge(modelKey)) longTerm[kind] = (longTerm[kind] ?? 0) + 1;
    return {
      experiences: usage?.experiences ?? 0,
      bytes: usage?.bytes ?? 0,
      oldestAtMs: usage?.oldestAtMs ?? null,
      longTerm,
      consolidation: (await this.#stored(modelKey)).report,
    };
  }

  async #stored(modelKey: string): Promise<{ state: unknown; report: ConsolidationReport | null }> {
    const stored = await this.#parts.store.setting(consolidationKey(modelKey));
    if (typeof stored !== 'object' || stored === null || !('state' in stored)) return { state: null, report: null };
    return { state: stored.state, report: 'report' in stored ? reportOf(stored.report) : null };
  }
}

function reportOf(stored: unknown): ConsolidationReport | null {
  const report = stored as Partial<ConsolidationReport> | null;
  const figures = [report?.consolidatedTo, report?.atMs, report?.kept, report?.dropped];
  return figures.every(Number.isFinite) ? (report as ConsolidationReport) : null;
}
