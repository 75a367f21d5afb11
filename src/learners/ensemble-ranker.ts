import type { LocalTime } from '../core/local-time.ts';
import type { PartState } from '../core/part-state.ts';
import { Combiner } from './combiner.ts';
import type { EncodedInput, FeatureEncoder } from './feature-encoder.ts';
import type { NetworkTrainer } from './ensemble-classifier.ts';
import type { Example } from './learner.ts';
import type { NetworkLearner } from './network-learner.ts';
import type { Occasion, RewardEstimates, RewardModel } from './reward/reward-model.ts';
import type { Row } from './row.ts';

export interface RankerParts {
  readonly encoder: FeatureEncoder;
  /** Knows how sure it is; exploration lives on that. */
  readonly rewards: RewardModel;
  /** A network beside it, where the task asks for one. */
  readonly network: { readonly learner: NetworkLearner; readonly trainer: NetworkTrainer } | null;
}

/** A reward and the decision that it came of. */
export interface RewardExample extends Example {
  readonly target: { readonly reward: number };
  readonly occasion?: Occasion;
}

/** The two answers that the combiner weighs: no reward, reward. */
const OUTCOMES = 2;

/**
 * The default ranker: a Bayesian linear model of the reward, and beside it, where asked for, a network; the two are combined online by how well each has
 * predicted lately. How sure the estimate is comes from the Bayesian model.
 */
export class EnsembleRanker {
  readonly #parts: RankerParts;
  readonly #combiner: Combiner | null;

  constructor(parts: RankerParts, state: Readonly<Record<string, PartState>>) {
    this.#parts = parts;
    this.#combiner = parts.network && new Combiner(2, OUTCOMES);
    if (state.rewards) parts.rewards.restore(state.rewards);
    if (state.combiner) this.#combiner?.restore(state.combiner);
  }

  /** In the order of the inputs. @param when by the visitor's clock, where that is known @throws COMPUTE_FAILED */
  async predict(inputs: readonly EncodedInput[], when?: LocalTime): Promise<RewardEstimates> {
    const { encoder, rewards, network } = this.#parts;
    const fromNetwork = network && (await network.learner.predictRewards(inputs));
    const rows = inputs.map((input) => encoder.row(input));
    const estimates = rewards.predict(rows, when);
    return fromNetwork ? this.#combine(estimates, fromNetwork) : estimates;
  }

  #combine(estimates: RewardEstimates, fromNetwork: Float64Array): RewardEstimates {
    const out = new Float64Array(OUTCOMES);
    const means = estimates.means.map((mean, index) => {
      this.#combiner?.predictProba(outcomes(mean, fromNetwork[index]!), out);
      return out[1]!;
    });
    return { ...estimates, means, scores: means.map(logit) };
  }

  /** @throws COMPUTE_FAILED */
  async learnOne(position: number, example: RewardExample): Promise<void> {
    const { encoder, rewards, network } = this.#parts;
    const { input, target, weight, occasion } = example;
    const fromNetwork = network && (await network.learner.predictRewards([input]));
    // Nothing is awaited from here on until the training step is on its way: a prediction must not meet half of what was learned.
    const row = encoder.row(input);
    if (fromNetwork) this.#learnWeights(row, fromNetwork[0]!, example);
    rewards.learnOne(row, target.reward, weight, occasion);
    if (network) await network.trainer.learnOne(position, example);
    else encoder.learnOne(input);
  }

  /** A reward between 0 and 1 counts as that much of each outcome. */
  #learnWeights(row: Row, fromNetwork: number, { target: { reward }, weight, occasion }: RewardExample): void {
    const given = outcomes(this.#parts.rewards.predict([row], occasion?.when).means[0]!, fromNetwork);
    if (reward < 1) this.#combiner?.learnOne(given, 0, weight * (1 - reward));
    if (reward > 0) this.#combiner?.learnOne(given, 1, weight * reward);
  }

  state(): Readonly<Record<string, PartState>> {
    return { rewards: this.#parts.rewards.state(), ...(this.#combiner && { combiner: this.#combiner.state() }) };
  }
}

/** [members × outcomes] */
function outcomes(...rewards: number[]): Float64Array {
  return Float64Array.from(rewards.flatMap((reward) => [1 - reward, reward]));
}

function logit(mean: number): number {
  const inside = Math.min(1 - 1e-9, Math.max(1e-9, mean));
  return Math.log(inside / (1 - inside));
}
