import type { Clock } from '../../core/clock.ts';
import { SerialQueue } from '../../core/serial-queue.ts';
import { asTendrilError, type TendrilError } from '../../errors.ts';
import { candidateIdOf } from '../../feedback/attribution.ts';
import type { ParsedRankingTask } from '../../learners/task-schema.ts';
import type { DecisionRecord } from '../../memory/records.ts';
import { comparisonKey, type Store } from '../../memory/store.ts';
import { estimateUplift, type UpliftEstimate } from '../../monitor/sequential/estimate-uplift.ts';
import type { ComparisonStatus } from '../../protocol/messages.ts';
import { ComparisonState, type ComparedDecision, type StandsBack } from './comparison-state.ts';

/** A decision is counted when it is as old as this: what is chosen is chosen by then, under both orders. */
const SETTLED_AFTER_MS = 30 * 60_000;
const PAGE = 200;
/** Decisions that an apprentice must have been asked. */
const LEAST_ASKED = 50;

export interface ComparisonParts {
  readonly task: ParsedRankingTask;
  readonly modelKey: string;
  readonly store: Store;
  readonly clock: Clock;
  /** Log position of the version that serves. */
  readonly champion: () => number;
  readonly onError: (error: TendrilError) => void;
}

/**
 * What has changed by counting: this version, or the model over all its versions, is found worse than the page's own order, or it need not stand back any
 * longer.
 */
export type ComparisonVerdict = 'version-worse' | 'worse' | 'ready' | null;

/** Finds out whether the model's order is better than the page's, from decisions of which a random share kept the page's. */
export class Comparison {
  readonly #parts: ComparisonParts;
  /** What changes the state does so alone. */
  readonly #queue = new SerialQueue();
  #state: ComparisonState;

  constructor(parts: ComparisonParts) {
    this.#parts = parts;
    this.#state = this.#first();
  }

  #first(): ComparisonState {
    const state = new ComparisonState();
    state.standsBack = this.#parts.task.comparison.apprentice ? 'apprentice' : null;
    return state;
  }

  /** Whether the page's own order is to be shown whatever the model says. */
  get standsBack(): StandsBack {
    return this.#state.standsBack;
  }

  /** Reads what is stored; where that is damaged, or forgotten, it begins anew. */
  open(): Promise<void> {
    return this.#queue.run(() => this.#open());
  }

  async #open(): Promise<void> {
    const { store, modelKey, onError } = this.#parts;
    const stored = await store.setting(comparisonKey(modelKey));
    if (stored === undefined) {
      this.#state = this.#first();
      return;
    }
    try {
      this.#state = ComparisonState.from(stored);
    } catch (caught) {
      onError(asTendrilError(caught));
      await this.#save();
    }
  }

  /** Another version serves, which has passed its gate. */
  promoted(champion: number): Promise<void> {
    return this.#queue.run(async () => {
      await this.#open();
      this.#state.serves(champion);
      if (this.#state.standsBack === 'worse') this.#state.comeBack();
      await this.#save();
    });
  }

  standBack(): Promise<void> {
    return this.#queue.run(async () => {
      this.#state.standsBack = 'worse';
      await this.#save();
    });
  }

  /** Counts the decisions that are settled by now, as far as that is wanted. To be called by one tab at a time. */
  count(isWanted: () => boolean = () => true): Promise<ComparisonVerdict> {
    return this.#queue.run(async () => {
      await this.#open();
      for (let more = true; more && isWanted();) more = await this.#countPage();
      this.#state.serves(this.#parts.champion());
      const verdict = this.#verdict();
      if (verdict === 'ready') {
        this.#state.comeBack();
        await this.#save();
      }
      return verdict;
    });
  }

  /** The oldest ones that are not counted. @returns whether there may be more */
  async #countPage(): Promise<boolean> {
    const { store, modelKey, clock } = this.#parts;
    const settledMs = clock.nowMs() - SETTLED_AFTER_MS;
    const page = await store.decisionsBetween(modelKey, this.#state.countedToMs, settledMs, PAGE);
    const champion = this.#parts.champion();
    for (const decision of page) {
      const compared = await this.#compared(decision);
      if (compared) this.#state.update(compared, champion);
      this.#state.countedToMs = decision.decidedAtMs;
    }
    if (page.length > 0) await this.#save();
    return page.length >= PAGE;
  }

  #verdict(): ComparisonVerdict {
    const { standsBack, match } = this.#state;
    const { comparison, versions } = this.#parts.task;
    if (standsBack === 'apprentice') {
      const isAlike = match.count >= LEAST_ASKED && (match.share ?? 0) >= comparison.match;
      return isAlike || this.#state.provenHigher(versions.alpha) ? 'ready' : null;
    }
    if (standsBack || comparison.share === 0) return null;
    if (this.#uplift(this.#state.sinceReturn).interval.upper < 0) return 'worse';
    return this.#uplift(this.#state.ofChampion).interval.upper < 0 ? 'version-worse' : null;
  }

  #uplift(sums: ComparisonState['all']): UpliftEstimate {
    return estimateUplift(sums, { share: this.#parts.task.comparison.share });
  }

  async #compared({ decisionId, payload, model }: DecisionRecord): Promise<ComparedDecision | null> {
    if (payload.kind !== 'ranking') return null;
    const { arm = null, shadow, candidateKeys } = payload;
    const settled = Object.entries((await this.#parts.store.pending(decisionId))?.settled ?? {});
    const chosen = settled.filter(([, { reward, retracted }]) => reward > 0 && !retracted);
    const reward = Math.min(
      1,
      chosen.reduce((sum, [, item]) => sum + item.reward, 0),
    );
    const places = (keys: readonly string[], item: string) => {
      const place = keys.findIndex((key) => candidateIdOf(key) === item);
      return place === -1 ? 0 : 1 / (place + 1);
    };
    const [first] = chosen;
    return {
      arm,
      reward,
      learnedTo: model.learnedTo,
      matches: shadow ? shadow[0] === candidateKeys[0] : null,
      higher: shadow && first ? places(shadow, first[0]) - places(candidateKeys, first[0]) : null,
    };
  }

  /** As of what was last opened or counted. */
  status(): ComparisonStatus {
    const { share } = this.#parts.task.comparison;
    const { standsBack, match } = this.#state;
    return { share, standsBack, match, uplift: share > 0 ? this.#uplift(this.#state.all) : null };
  }

  async #save(): Promise<void> {
    await this.#parts.store.putSetting(comparisonKey(this.#parts.modelKey), this.#state.state());
  }
}
