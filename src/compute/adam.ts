import type { Anchor, NetworkSpec } from './compute.ts';

export type OptimizerSpec = NetworkSpec['optimizer'];

/** What one AdamW step multiplies with, once the bias corrections of step `step` (from 1) are worked in. */
export interface AdamFactors extends OptimizerSpec {
  /** learningRate / (1 − beta1^step) */
  readonly stepSize: number;
  /** 1 / √(1 − beta2^step) */
  readonly rootCorrection: number;
  /** 1 − learningRate × weightDecay: how much of a parameter is left after the decay. */
  readonly decay: number;
}

export function adamFactors(optimizer: OptimizerSpec, step: number): AdamFactors {
  const { learningRate, beta1, beta2, weightDecay } = optimizer;
  return {
    ...optimizer,
    stepSize: learningRate / (1 - beta1 ** step),
    rootCorrection: 1 / Math.sqrt(1 - beta2 ** step),
    decay: 1 - learningRate * weightDecay,
  };
}

/**
 * One step of Adam with decoupled weight decay (Kingma and Ba 2015, algorithm 1; Loshchilov and Hutter 2019, algorithm 2),
 * in place on flat vectors of one length. The decay applies to every parameter, biases too.
 */
export function adamStep(
  factors: AdamFactors,
  gradient: Float32Array,
  parameters: Float32Array,
  firstMoment: Float32Array,
  secondMoment: Float32Array,
): void {
  const { beta1, beta2, epsilon, stepSize, rootCorrection, decay } = factors;
  for (let i = 0; i < parameters.length; i++) {
    const slope = gradient[i]!;
    const first = beta1 * firstMoment[i]! + (1 - beta1) * slope;
    const second = beta2 * secondMoment[i]! + (1 - beta2) * slope * slope;
    firstMoment[i] = first;
    secondMoment[i] = second;
    parameters[i] = decay * parameters[i]! - (stepSize * first) / (Math.sqrt(second) * rootCorrection + epsilon);
  }
}

/**
 * The proximal step of an {@link Anchor}, after {@link adamStep}: each parameter goes the share p / (1 + p) of its way to the anchor, where p is the importance
 * times Adam's step size for that parameter.
 */
export function anchorStep(
  { learningRate, rootCorrection, epsilon }: AdamFactors,
  anchor: Anchor,
  parameters: Float32Array,
  secondMoment: Float32Array,
): void {
  for (let i = 0; i < parameters.length; i++) {
    const pull = learningRate * anchor.importance[i]!;
    const share = pull / (pull + Math.sqrt(secondMoment[i]!) * rootCorrection + epsilon);
    parameters[i]! += share * (anchor.parameters[i]! - parameters[i]!);
  }
}
