import type { Rng } from '../../src/core/rng.ts';
import type { LoggedInteraction } from '../../src/monitor/off-policy/logged-interaction.ts';

/** Visitors of a few kinds, a logging and an evaluation policy, a reward model that is about right, and the value that is to be found. */
export interface SimulatedWorld {
  readonly rewards: readonly (readonly number[])[];
  readonly logging: readonly (readonly number[])[];
  readonly evaluation: readonly (readonly number[])[];
  readonly model: readonly (readonly number[])[];
  readonly value: number;
}

export interface WorldOptions {
  readonly actions: number;
  /** Usual reward, as a rate. */
  readonly rate: number;
  /** How far the policies are from uniform, and so from one another. */
  readonly difference: number;
  /** Standard deviation of the model's error, in log odds. */
  readonly modelError?: number;
}

const KINDS = 6;

export function simulatedWorld(
  rng: Rng,
  { actions, rate, difference, modelError = 0.5 }: WorldOptions,
): SimulatedWorld {
  const table = (cell: () => number) => Array.from({ length: KINDS }, () => Array.from({ length: actions }, cell));
  const rewards = table(() => logistic(Math.log(rate / (1 - rate)) + 0.7 * rng.nextGaussian()));
  const logging = table(() => difference * rng.nextGaussian()).map(softmax);
  const evaluation = rewards.map((row) =>
    softmax(row.map((reward) => difference * rng.nextGaussian() + 0.8 * Math.log(reward))),
  );
  const model = rewards.map((row) =>
    row.map((reward) => logistic(Math.log(reward / (1 - reward)) + modelError * rng.nextGaussian())),
  );
  const values = evaluation.map((row, kind) => row.reduce((sum, p, action) => sum + p * rewards[kind]![action]!, 0));
  return { rewards, logging, evaluation, model, value: values.reduce((a, b) => a + b) / KINDS };
}

export function* simulatedLog(world: SimulatedWorld, rows: number, rng: Rng): Generator<LoggedInteraction> {
  for (let row = 0; row < rows; row++) {
    const kind = rng.nextInt(KINDS);
    const action = draw(world.logging[kind]!, rng);
    yield {
      action,
      reward: rng.nextFloat() < world.rewards[kind]![action]! ? 1 : 0,
      propensity: world.logging[kind]![action]!,
      evaluationProbabilities: world.evaluation[kind]!,
      predictedRewards: world.model[kind]!,
    };
  }
}

function logistic(score: number): number {
  return 1 / (1 + Math.exp(-score));
}

function softmax(scores: readonly number[]): number[] {
  const exponentials = scores.map((score) => Math.exp(score - Math.max(...scores)));
  const total = exponentials.reduce((a, b) => a + b);
  return exponentials.map((exponential) => exponential / total);
}

function draw(probabilities: readonly number[], rng: Rng): number {
  let left = rng.nextFloat();
  for (let i = 0; i < probabilities.length; i++) {
    left -= probabilities[i]!;
    if (left < 0) return i;
  }
  return probabilities.length - 1;
}
