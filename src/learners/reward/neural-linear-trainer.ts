import type { PartState } from '../../core/part-state.ts';
import { joinStates, partOfState, readCount } from '../../core/read-state.ts';
import type { NetworkTrainer } from '../ensemble-classifier.ts';
import type { FeatureEncoder } from '../feature-encoder.ts';
import type { Example } from '../learner.ts';
import type { NetworkLearner } from '../network-learner.ts';
import type { RewardModel } from './reward-model.ts';
import type { TrainedFeatures } from './trained-features.ts';

type Fresh = Parameters<NetworkTrainer['learnMany']>[0];

export interface NeuralLinearParts {
  readonly encoder: FeatureEncoder;
  readonly learner: NetworkLearner;
  /** Trains the network. */
  readonly trainer: NetworkTrainer;
  /** What of the past can be learned again: examples by their log positions, in any order. */
  readonly remembered: () => readonly { readonly key: number; readonly example: Example }[];
  /** What `head` reads beside the row. */
  readonly features: TrainedFeatures;
  /** The Bayesian model on the features. */
  readonly head: RewardModel;
  /** Of a head that has learned nothing: where every refit starts. */
  readonly fresh: PartState;
}

/** Experiences before the first refit; each of the next comes after as many again, later after {@link MOST_BETWEEN}. */
const FIRST = 32;
const MOST_BETWEEN = 500;
/** Examples of one refit: the last ones. It bounds the time that it takes. */
const REFIT_ON = 1000;
/** Half of what a row's own numbers have: a representation that was trained on the same rewards is less sure than it looks. */
const ACTIVATION_LENGTH = 0.5;

/**
 * The neural-linear model (Riquelme et al. 2018, arXiv 1802.09127): a Bayesian linear model on the last hidden layer of a network that goes on being trained. As in
 * the paper the network is trained all the time, and now and then its representation is taken over and the posterior computed anew, here from the examples
 * that are rehearsed; in between both are of one moment. The network here is wide and deep, so that its last layer reads the row itself, too.
 */
export class NeuralLinearTrainer implements NetworkTrainer {
  readonly #parts: NeuralLinearParts;
  #experiences = 0;

  constructor(parts: NeuralLinearParts) {
    this.#parts = parts;
  }

  async learnOne(position: number, example: Example): Promise<void> {
    await this.learnMany([{ position, example }]);
  }

  async learnMany(fresh: Fresh): Promise<void> {
    await this.#parts.trainer.learnMany(fresh);
    const before = this.#experiences;
    this.#experiences += fresh.length;
    if (refitsUpTo(this.#experiences) > refitsUpTo(before)) await this.#refit();
  }

  async #refit(): Promise<void> {
    const { encoder, learner, features, head, fresh, remembered } = this.#parts;
    const { spec, network } = await learner.state();
    // Nothing is awaited from here on: a prediction must not meet the new representation with the old posterior.
    const examples = [...remembered()].sort((a, b) => a.key - b.key).slice(-REFIT_ON);
    const rows = examples.map(({ example }) => encoder.row(example.input));
    features.take(spec, network.parameters, rows, ACTIVATION_LENGTH);
    head.restore(fresh);
    examples.forEach(({ example: { target, weight } }, index) => {
      if ('reward' in target) head.learnOne(rows[index]!, target.reward, weight);
    });
  }

  state(): PartState {
    const own = { tensors: {}, values: { experiences: this.#experiences } };
    return joinStates({ own, features: this.#parts.features.state() });
  }

  /** The head is restored by itself. @throws CHECKPOINT_CORRUPT */
  restore(state: PartState): void {
    const experiences = readCount(partOfState(state, 'own'), 'experiences', 0, Number.MAX_SAFE_INTEGER);
    this.#parts.features.restore(partOfState(state, 'features'));
    this.#experiences = experiences;
  }
}

/** How many refits there are up to so many experiences. */
function refitsUpTo(experiences: number): number {
  let count = 0;
  for (let at = FIRST; at <= experiences && at <= MOST_BETWEEN; at *= 2) count++;
  return count + Math.floor(experiences / MOST_BETWEEN);
}
