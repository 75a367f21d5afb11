import type { PartState } from '../../core/part-state.ts';
import { TendrilError } from '../../errors.ts';
import { RewardFormula } from '../../feedback/reward-formula.ts';
import { rerank } from '../../learners/rerank.ts';
import { BayesianLogisticModel } from '../../learners/reward/bayesian-logistic-model.ts';
import type { RewardEstimates } from '../../learners/reward/reward-model.ts';
import type { Row, RowShape } from '../../learners/row.ts';
import { SatisfactionModel } from '../../learners/satisfaction-model.ts';
import type { ParsedRankingTask } from '../../learners/task-schema.ts';
import type { ExperiencePayload } from '../../memory/records.ts';

type RankingPayload = Extract<ExperiencePayload, { kind: 'ranking' }>;

/**
 * Makes rewards of signals as the task declares it: by its formula, or by what explicit feedback has taught about the signals; and, where the task asks
 * for it, learns which candidates satisfy, to count that in the order. Without a declaration the reward is the one that was given.
 */
export class RewardMaker {
  readonly #formula: RewardFormula | null;
  readonly #satisfaction: SatisfactionModel | null;
  /** Satisfaction that a candidate is expected to bring; null where the order does not ask. */
  readonly #satisfying: BayesianLogisticModel | null;
  readonly #strength: number;

  /** @throws INVALID_CONFIG for a formula that is none */
  constructor({ reward }: ParsedRankingTask, shape: RowShape, state: Readonly<Record<string, PartState>>) {
    const { formula, learned, rerank: strength } = reward ?? { formula: null, learned: false, rerank: 0 };
    this.#formula = reward ? new RewardFormula(formula) : null;
    this.#satisfaction = this.#formula && learned ? satisfactionOf(this.#formula, state.satisfaction) : null;
    this.#strength = strength;
    this.#satisfying = strength > 0 ? new BayesianLogisticModel(shape) : null;
    if (state.satisfying) this.#satisfying?.restore(state.satisfying);
  }

  get rewardVersion(): string | null {
    return this.#satisfaction?.rewardVersion ?? this.#formula?.formulaVersion ?? null;
  }

  /** In [0, 1]. What was given counts where no signal came with it that the formula reads, or no formula is declared. */
  rewardOf({ reward, signals }: RankingPayload): number {
    if (!signals || !this.#formula) return reward;
    const declared = this.#formula.explain(signals);
    if (declared.known === 0) return reward;
    return this.#satisfaction?.predictOne(signals).reward ?? declared.reward;
  }

  /** @param row of the candidate in its context */
  learnOne(payload: RankingPayload, row: () => Row): void {
    const { signals, satisfaction, weight } = payload;
    if (signals && satisfaction !== undefined && weight > 0)
      this.#satisfaction?.learnOne(signals, satisfaction, weight);
    else if (signals) this.#satisfaction?.observe(signals);
    if (signals || satisfaction !== undefined)
      this.#satisfying?.learnOne(row(), satisfaction ?? this.rewardOf(payload), weight);
  }

  /** Before the policy chooses, so that its propensities are those of the order that is shown. */
  rerank(estimates: RewardEstimates, rows: () => readonly Row[]): RewardEstimates {
    if (!this.#satisfying) return estimates;
    const means = rerank(estimates.means, this.#satisfying.predict(rows()).means, this.#strength);
    return { ...estimates, means, scores: means.map((mean) => Math.log(mean / (1 - mean))) };
  }

  state(): Readonly<Record<string, PartState>> {
    return {
      ...(this.#satisfaction && { satisfaction: this.#satisfaction.state() }),
      ...(this.#satisfying && { satisfying: this.#satisfying.state() }),
    };
  }
}

/** After a change of the declared formula what was learned about the old one is of no use: it starts over. */
function satisfactionOf(formula: RewardFormula, state: PartState | undefined): SatisfactionModel {
  const model = new SatisfactionModel({ signals: formula.signals, formula });
  try {
    if (state) model.restore(state);
  } catch (caught) {
    if (!(caught instanceof TendrilError && caught.code === 'CHECKPOINT_INCOMPATIBLE')) throw caught;
  }
  return model;
}
