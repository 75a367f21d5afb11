import type { AdagradSpec, Anchor, NetworkState, OptimizerSpec, SgdSpec } from '../compute.ts';
import { adamFactors, decayFactor, type AdamFactors } from '../optimizers.ts';

/** The vectors that a step works on, in place. */
export type StepVectors = Pick<NetworkState, 'parameters' | 'firstMoment' | 'secondMoment'>;

/**
 * One step on flat vectors of one length, as {@link OptimizerSpec} defines it, then the proximal step of the anchor where there is one.
 * @param step number of this step, from 1
 */
export function optimizerStep(
  optimizer: OptimizerSpec,
  step: number,
  gradient: Float32Array,
  vectors: StepVectors,
  anchor?: Anchor,
): void {
  switch (optimizer.kind) {
    case 'adam': {
      const factors = adamFactors(optimizer, step);
      adamStep(factors, gradient, vectors);
      if (anchor) anchorStep(optimizer.learningRate, anchor, vectors, factors.rootCorrection, optimizer.epsilon);
      break;
    }
    case 'sgd':
      sgdStep(optimizer, gradient, vectors);
      if (anchor) anchorStep(optimizer.learningRate, anchor, vectors, 0, 1);
      break;
    case 'adagrad':
      adagradStep(optimizer, gradient, vectors);
      if (anchor) anchorStep(optimizer.learningRate, anchor, vectors, 1, optimizer.epsilon);
  }
}

function adamStep(
  { beta1, beta2, epsilon, stepSize, rootCorrection, decay }: AdamFactors,
  gradient: Float32Array,
  { parameters, firstMoment, secondMoment }: StepVectors,
): void {
  for (let i = 0; i < parameters.length; i++) {
    const slope = gradient[i]!;
    const first = beta1 * firstMoment[i]! + (1 - beta1) * slope;
    const second = beta2 * secondMoment[i]! + (1 - beta2) * slope * slope;
    firstMoment[i] = first;
    secondMoment[i] = second;
    parameters[i] = decay * parameters[i]! - (stepSize * first) / (Math.sqrt(second) * rootCorrection + epsilon);
  }
}

function sgdStep(optimizer: SgdSpec, gradient: Float32Array, { parameters, firstMoment }: StepVectors): void {
  const { learningRate, momentum } = optimizer;
  const decay = decayFactor(optimizer);
  if (momentum > 0) {
    for (let i = 0; i < parameters.length; i++) {
      const velocity = momentum * firstMoment[i]! + gradient[i]!;
      firstMoment[i] = velocity;
      parameters[i] = decay * parameters[i]! - learningRate * velocity;
    }
  } else {
    for (let i = 0; i < parameters.length; i++) parameters[i] = decay * parameters[i]! - learningRate * gradient[i]!;
  }
}

function adagradStep(optimizer: AdagradSpec, gradient: Float32Array, { parameters, secondMoment }: StepVectors): void {
  const { learningRate, epsilon } = optimizer;
  const decay = decayFactor(optimizer);
  for (let i = 0; i < parameters.length; i++) {
    const slope = gradient[i]!;
    const sum = secondMoment[i]! + slope * slope;
    secondMoment[i] = sum;
    parameters[i] = decay * parameters[i]! - (learningRate * slope) / (Math.sqrt(sum) + epsilon);
  }
}

/**
 * The proximal step of an {@link Anchor}: each parameter goes the share p / (p + d) of its way to the anchor, where p is learningRate × importance and d what
 * the optimizer divides the learning rate by: √secondMoment × rootFactor + offset, or the offset alone where rootFactor is 0 (gradient descent: 1).
 */
function anchorStep(
  learningRate: number,
  anchor: Anchor,
  { parameters, secondMoment }: StepVectors,
  rootFactor: number,
  offset: number,
): void {
  for (let i = 0; i < parameters.length; i++) {
    const pull = learningRate * anchor.importance[i]!;
    const root = rootFactor === 0 ? 0 : Math.sqrt(secondMoment[i]!) * rootFactor;
    const share = pull / (pull + root + offset);
    parameters[i]! += share * (anchor.parameters[i]! - parameters[i]!);
  }
}
