import type { AdamSpec, OptimizerSpec } from './compute.ts';

/** Whether the state of a network with this optimizer has a first moment. */
export function hasFirstMoment(optimizer: OptimizerSpec): boolean {
  return optimizer.kind === 'adam' || (optimizer.kind === 'sgd' && optimizer.momentum > 0);
}

/** Whether the state of a network with this optimizer has a second moment. */
export function hasSecondMoment(optimizer: OptimizerSpec): boolean {
  return optimizer.kind !== 'sgd';
}

/** What one AdamW step multiplies with, once the bias corrections of its step are worked in. */
export interface AdamFactors extends AdamSpec {
  /** learningRate / (1 − beta1^step) */
  readonly stepSize: number;
  /** 1 / √(1 − beta2^step) */
  readonly rootCorrection: number;
  /** {@link decayFactor} */
  readonly decay: number;
}

/** @param step number of the step, from 1 */
export function adamFactors(optimizer: AdamSpec, step: number): AdamFactors {
  const { learningRate, beta1, beta2 } = optimizer;
  return {
    ...optimizer,
    stepSize: learningRate / (1 - beta1 ** step),
    rootCorrection: 1 / Math.sqrt(1 - beta2 ** step),
    decay: decayFactor(optimizer),
  };
}

/** 1 − learningRate × weightDecay: how much of a parameter is left after the decay. */
export function decayFactor({ learningRate, weightDecay }: OptimizerSpec): number {
  return 1 - learningRate * weightDecay;
}
