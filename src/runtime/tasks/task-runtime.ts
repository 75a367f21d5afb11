import { attribute, involvedKeys } from '../../feedback/attribution.ts';
import type { FeatureContribution } from '../../feedback/explain.ts';
import { judgedExperiences, judgedKeys, type JudgedAnswer } from '../../feedback/judged.ts';
import type { ParsedFeedback } from '../../feedback/feedback.ts';
import { RewardFormula } from '../../feedback/reward-formula.ts';
import { settleExplicit } from '../../feedback/settle-explicit.ts';
import { rulesFor, type AttributionRules } from '../../feedback/signal-rules.ts';
import type { ParsedTask } from '../../learners/task-schema.ts';
import type { CatalogueRecord, DecisionRecord, ExperienceRecord } from '../../memory/records.ts';
import type { SettledUpdate, Store } from '../../memory/store.ts';
import type { Abstention, Acknowledged, ModelReference } from '../../protocol/messages.ts';
import type { Certainty } from '../../review/certainty.ts';
import type { Proposal } from '../../review/review-case.ts';
import type { DecisionLog } from '../decision-log.ts';
import type { Environment } from '../environment.ts';
import type { IndexKeeper, IndexKeeperParts } from '../item-index/index-keeper.ts';
import type { Model, ModelOrigin } from '../models/model.ts';
import type { ModelHost } from '../model-host.ts';
import type { TaskReviews } from '../reviews/task-reviews.ts';

export interface TaskRuntimeParts<M extends Model> {
  readonly host: ModelHost<M>;
  readonly store: Store;
  readonly decisions: DecisionLog;
  readonly clock: Environment['clock'];
  readonly localTime: Environment['localTime'];
  /** null where no person looks at the task's decisions. */
  readonly reviews: TaskReviews | null;
  /** For what finds a retrieval's items. */
  readonly indexes: IndexKeeperParts;
  /** Tells the tab that learns. */
  readonly onAppended: () => void;
}

/** Opens the task's model where it is stored, and gives everything that its runtime needs. */
export type OpenParts = <M extends Model>(createModel: (origin: ModelOrigin) => M) => Promise<TaskRuntimeParts<M>>;

/** What the kinds of task with a model share: feedback becomes experiences, experiences are learned. */
export abstract class TaskRuntime<M extends Model = Model> {
  abstract readonly kind: ParsedTask['kind'];
  readonly host: ModelHost<M>;
  protected readonly store: Store;
  protected readonly decisions: DecisionLog;
  protected readonly clock: Environment['clock'];
  /** How signals are joined to this task's decisions. */
  readonly rules: AttributionRules;
  /** What it holds on a backend that is no model; null where that is nothing. */
  readonly beside: IndexKeeper | null = null;
  /** When its decisions are a person's; null where they never are. */
  readonly reviews: TaskReviews | null;
  readonly #onAppended: () => void;

  constructor(parts: TaskRuntimeParts<M>) {
    this.host = parts.host;
    this.store = parts.store;
    this.decisions = parts.decisions;
    this.clock = parts.clock;
    this.rules = rulesOf(parts.host.task);
    this.reviews = parts.reviews;
    this.#onAppended = parts.onAppended;
  }

  /** Resolves when the experiences are in the log; learning follows on its own. @throws INVALID_FEEDBACK, STORAGE_* */
  async feedback(decision: DecisionRecord, feedback: ParsedFeedback): Promise<Acknowledged> {
    const { payload } = decision;
    const keys = payload.kind === 'ranking' ? involvedKeys(payload, feedback) : [];
    const [involved, pending] = await Promise.all([
      this.store.catalogue(keys),
      this.store.pending(decision.decisionId),
    ]);
    const said = attribute(decision, feedback, involved, this.clock.nowMs());
    // Signals of the same visit must not say it again.
    const { experiences, settled } = settleExplicit(said, pending?.settled ?? {});
    return this.append(experiences, {
      decisionId: decision.decisionId,
      modelKey: decision.modelKey,
      settled,
      dueAtMs: decision.decidedAtMs + this.rules.longestWindowMs,
      arrivals: null,
    });
  }

  /** The same of what a reviewer says, who was asked. @throws INVALID_FEEDBACK, STORAGE_* */
  async judged(decision: DecisionRecord, answers: readonly JudgedAnswer[]): Promise<Acknowledged> {
    const { decisionId, modelKey } = decision;
    const [entries, pending] = await Promise.all([
      this.store.catalogue(judgedKeys(decision, answers)),
      this.store.pending(decisionId),
    ]);
    const nowMs = this.clock.nowMs();
    const { experiences, settled } = judgedExperiences(decision, answers, entries, pending?.settled ?? {}, nowMs);
    const dueAtMs = decision.decidedAtMs + this.rules.longestWindowMs;
    return this.append(experiences, { decisionId, modelKey, settled, dueAtMs, arrivals: null });
  }

  /**
   * Logs a decision, unless it is a person's: then the log says that the page's own answer stood, and what the model would have said waits for a reviewer.
   * @param hostOrder, catalogue see {@link DecisionLog.record}
   */
  protected async log(
    record: DecisionRecord,
    ask: { readonly certainty: () => Certainty; readonly proposal: () => Proposal },
    hostOrder: readonly string[] = [],
    catalogue: readonly CatalogueRecord[] = [],
  ): Promise<Abstention | null> {
    const { reviews, decisions } = this;
    if (!reviews) {
      decisions.record(record, hostOrder, catalogue);
      return null;
    }
    const { decisionId } = record;
    const certainty = ask.certainty();
    const answering = this.#answering(record.model);
    const { digest } = answering;
    const why = await reviews.why(decisionId, certainty, answering);
    const reason = why === 'spot-check' ? null : why;
    decisions.record(reason ? { ...record, servedBy: 'host' } : record, hostOrder, catalogue);
    if (why) reviews.open(record, { why, ...certainty, digest, proposal: ask.proposal() });
    return reason && { reason, reviewId: decisionId };
  }

  /** The version that answers: what was just learned counts where it serves at once. */
  #answering({ modelVersion }: ModelReference): { readonly digest: string | null; readonly learned: number } {
    const { task, lineage } = this.host;
    const { champion } = lineage;
    const learned = task.versions.promotion === 'gated' ? (champion?.learned ?? 0) : lineage.learned;
    return { digest: champion?.digest ?? null, learned: modelVersion === null ? learned : Infinity };
  }

  /** Writes to the log, and learns behind the answer. @param settled what is said of a decision by that */
  protected async append(experiences: readonly ExperienceRecord[], settled?: SettledUpdate): Promise<Acknowledged> {
    const { positions, duplicates } = settled
      ? await this.store.settle(experiences, [settled])
      : await this.store.appendExperiences(experiences);
    const duplicate = duplicates === experiences.length;
    if (!duplicate) this.learnSoon();
    return { position: positions.at(-1) ?? 0, duplicate };
  }

  /** Something new is in the log: learns it, here or in the tab that learns. */
  learnSoon(): void {
    this.#onAppended();
    this.host.drain('arrived').catch((caught: unknown) => {
      this.host.report(caught);
    });
  }

  /** What each feature of its items adds to the answer, by item, as the model sees it now; nothing where a kind of task cannot say. */
  contributions(decision: DecisionRecord): Promise<ReadonlyMap<string, readonly FeatureContribution[]>> {
    void decision;
    return Promise.resolve(new Map());
  }

  /** What every decision record of this task has. */
  protected decisionRecord(
    decisionId: string,
    model: ModelReference,
    seed: number,
    payload: DecisionRecord['payload'],
  ): DecisionRecord {
    return {
      decisionId,
      taskId: this.host.task.id,
      modelKey: this.host.modelKey,
      decidedAtMs: this.clock.nowMs(),
      servedBy: 'model',
      model,
      seed,
      payload,
    };
  }
}

/** @throws INVALID_CONFIG */
function rulesOf(task: ParsedTask): AttributionRules {
  if (task.kind !== 'ranking') return rulesFor();
  return rulesFor(task.feedback, task.reward ? new RewardFormula(task.reward.formula) : null);
}
