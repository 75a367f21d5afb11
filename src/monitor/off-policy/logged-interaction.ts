import { TendrilError } from '../../errors.ts';

/** One logged decision, what came of it, and what another policy would have done in its place. */
export interface LoggedInteraction {
  /** Index of the action that was shown, into the two arrays below. */
  readonly action: number;
  /** Place it was shown at. Places are interactions of their own: propensity, probabilities and predictions are those of this place. */
  readonly position?: number;
  /** In [0, 1], higher is better. */
  readonly reward: number;
  /** Probability, in (0, 1], with which the logging policy chose `action`, as recorded when it did. */
  readonly propensity: number;
  /** [actions]: the evaluation policy's probabilities; they add up to 1. */
  readonly evaluationProbabilities: ArrayLike<number>;
  /** [actions]: a reward model's predictions, each in [0, 1]. The model must not have seen this interaction's reward. */
  readonly predictedRewards?: ArrayLike<number>;
  /** [actions]: the logging policy's probabilities, where they are known; with them missing support is seen exactly. */
  readonly loggingProbabilities?: ArrayLike<number>;
}

/** What the estimators need of one interaction, whatever the number of actions. */
export interface PolicyTerms {
  /** Evaluation probability over propensity of the logged action. */
  weight: number;
  reward: number;
  /** Predicted reward of the logged action; 0 without a model. */
  predicted: number;
  /** Predicted reward under the evaluation policy; 0 without a model. */
  direct: number;
  /** Evaluation probability of actions that the logging policy could not choose; 0 where its probabilities are not known. */
  unsupported: number;
}

/** Probabilities that come from single-precision arithmetic add up to 1 only about. */
const SUM_TOLERANCE = 1e-3;

const invalid = (reason: string): TendrilError => new TendrilError('INVALID_DATA', { reason });

/** @throws INVALID_DATA for numbers outside their ranges and arrays of different lengths */
export function policyTerms(interaction: LoggedInteraction): PolicyTerms {
  requireValid(interaction);
  const { action, reward, propensity, evaluationProbabilities, predictedRewards, loggingProbabilities } = interaction;
  return {
    weight: evaluationProbabilities[action]! / propensity,
    reward,
    predicted: predictedRewards?.[action] ?? 0,
    direct: predictedRewards ? expectedReward(evaluationProbabilities, predictedRewards) : 0,
    unsupported: loggingProbabilities ? massWithout(evaluationProbabilities, loggingProbabilities) : 0,
  };
}

function requireValid(interaction: LoggedInteraction): void {
  const { action, reward, propensity, evaluationProbabilities, predictedRewards, loggingProbabilities } = interaction;
  const actions = evaluationProbabilities.length;
  if (!Number.isInteger(action) || action < 0 || action >= actions) throw invalid(`there is no action ${action}`);
  if (!(reward >= 0 && reward <= 1)) throw invalid(`reward ${reward} is not in [0, 1]`);
  if (!(propensity > 0 && propensity <= 1)) throw invalid(`propensity ${propensity} is not in (0, 1]`);
  for (const other of [predictedRewards, loggingProbabilities]) {
    if (other && other.length !== actions) throw invalid(`${other.length} values for ${actions} actions`);
  }
  requireProbabilities(evaluationProbabilities);
}

function requireProbabilities(probabilities: ArrayLike<number>): void {
  let sum = 0;
  for (let i = 0; i < probabilities.length; i++) {
    const probability = probabilities[i]!;
    if (!(probability >= 0)) throw invalid(`evaluation probability ${probability} is below 0`);
    sum += probability;
  }
  if (!(Math.abs(sum - 1) <= SUM_TOLERANCE)) throw invalid(`the evaluation probabilities add up to ${sum}`);
}

function expectedReward(probabilities: ArrayLike<number>, predictedRewards: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < probabilities.length; i++) {
    const predicted = predictedRewards[i]!;
    if (!(predicted >= 0 && predicted <= 1)) throw invalid(`predicted reward ${predicted} is not in [0, 1]`);
    sum += probabilities[i]! * predicted;
  }
  return Math.min(1, sum);
}

function massWithout(probabilities: ArrayLike<number>, loggingProbabilities: ArrayLike<number>): number {
  let mass = 0;
  for (let i = 0; i < probabilities.length; i++) if (!(loggingProbabilities[i]! > 0)) mass += probabilities[i]!;
  return mass;
}
