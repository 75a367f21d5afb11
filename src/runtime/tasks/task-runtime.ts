import { attribute, involvedKeys } from '../../feedback/attribution.ts';
import type { ParsedFeedback } from '../../feedback/feedback.ts';
import type { DecisionRecord, ExperienceRecord } from '../../memory/records.ts';
import type { Store } from '../../memory/store.ts';
import type { Acknowledged, ModelReference } from '../../protocol/messages.ts';
import type { DecisionLog } from '../decision-log.ts';
import type { Environment } from '../environment.ts';
import type { Model } from '../models/model.ts';
import type { ModelHost } from '../model-host.ts';

export interface TaskRuntimeParts<M extends Model> {
  readonly host: ModelHost<M>;
  readonly store: Store;
  readonly decisions: DecisionLog;
  readonly clock: Environment['clock'];
  /** Tells the tab that learns. */
  readonly onAppended: () => void;
}

/** What the kinds of task with a model share: feedback becomes experiences, experiences are learned. */
export abstract class TaskRuntime<M extends Model = Model> {
  readonly host: ModelHost<M>;
  protected readonly store: Store;
  protected readonly decisions: DecisionLog;
  protected readonly clock: Environment['clock'];
  readonly #onAppended: () => void;

  constructor(parts: TaskRuntimeParts<M>) {
    this.host = parts.host;
    this.store = parts.store;
    this.decisions = parts.decisions;
    this.clock = parts.clock;
    this.#onAppended = parts.onAppended;
  }

  /** Resolves when the experiences are in the log; learning follows on its own. @throws INVALID_FEEDBACK, STORAGE_* */
  async feedback(decision: DecisionRecord, feedback: ParsedFeedback): Promise<Acknowledged> {
    const { payload } = decision;
    const keys = payload.kind === 'ranking' ? involvedKeys(payload, feedback) : [];
    const involved = await this.store.catalogue(keys);
    return this.append(attribute(decision, feedback, involved, this.clock.nowMs()));
  }

  /** Writes to the log, and learns behind the answer. */
  protected async append(experiences: readonly ExperienceRecord[]): Promise<Acknowledged> {
    const { positions, duplicates } = await this.store.appendExperiences(experiences);
    const duplicate = duplicates === experiences.length;
    if (!duplicate) {
      this.#onAppended();
      this.host.drain().catch((caught: unknown) => {
        this.host.report(caught);
      });
    }
    return { position: positions.at(-1) ?? 0, duplicate };
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
