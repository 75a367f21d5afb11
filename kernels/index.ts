import { backward } from './backward';
import { forward } from './forward';
import { lossGradient } from './loss';
import { Network } from './network';
import { adagradStep, adamStep, anchorStep, sgdStep } from './optimizers';

export {
  addressesOf,
  arrange,
  layOut,
  networkBytes,
  restore,
  setAnchor,
  setHiddenSize,
  setNetwork,
  setVectors,
  vectorBytes,
} from './layout';
export { scoreCodes, scoreFloats, scoreHalves } from './candidates';
export { fromPanels, toPanels } from './panel';
export { closeGates, square, sumRows } from './elementwise';
export { expOfNegative, log } from './exponential';
export { multiply, multiplyByTransposed, multiplyTransposed, productScratchBytes } from './matrix-product';
export { adagradStep, adamStep, anchorStep, sgdStep } from './optimizers';
export { lossGradient } from './loss';

// What a batch has beside the rest.
const withRowMask: i32 = 1;
const withLogits: i32 = 2;
const withAnchor: i32 = 4;

/** Scores of the first `rows` inputs. */
export function predict(network: Network, rows: i32): void {
  forward(network, rows);
}

/** Leaves the gradient of the batch in `gradient`. @returns the loss */
export function gradients(network: Network, rows: i32, parts: i32): f64 {
  const loss = scoreSlopes(network, rows, parts, 1 / <f64>rows);
  backward(network, rows, 0);
  return loss;
}

/** Leaves the sum of the squared gradients of every row's own loss in `gradient`. */
export function squaredGradients(network: Network, rows: i32, parts: i32): void {
  scoreSlopes(network, rows, parts, 1);
  backward(network, rows, 1);
}

function scoreSlopes(network: Network, rows: i32, parts: i32, scale: f64): f64 {
  forward(network, rows);
  return lossGradient(
    network.loss,
    network.scores,
    network.targets,
    network.weights,
    network.outputMask,
    parts & withRowMask ? network.rowMask : 0,
    parts & withLogits ? network.logitTargets : 0,
    parts & withLogits ? network.logitWeights : 0,
    rows,
    network.outputSize,
    scale,
    network.mask,
  );
}

/** One step of training. @returns the loss before it */
export function learnAdam(
  network: Network,
  rows: i32,
  parts: i32,
  learningRate: f32,
  firstShare: f32,
  secondShare: f32,
  stepSize: f32,
  rootCorrection: f32,
  epsilon: f32,
  decay: f32,
): f64 {
  const loss = gradients(network, rows, parts);
  const bytes = (<usize>network.size) << 2;
  adamStep(
    network.gradient,
    network.parameters,
    network.firstMoment,
    network.secondMoment,
    bytes,
    firstShare,
    secondShare,
    stepSize,
    rootCorrection,
    epsilon,
    decay,
  );
  if (parts & withAnchor) drawToAnchor(network, learningRate, rootCorrection, epsilon);
  return loss;
}

/** One step of training. @returns the loss before it */
export function learnSgd(network: Network, rows: i32, parts: i32, learningRate: f32, momentum: f32, decay: f32): f64 {
  const loss = gradients(network, rows, parts);
  const bytes = (<usize>network.size) << 2;
  sgdStep(network.gradient, network.parameters, network.firstMoment, bytes, learningRate, momentum, decay);
  if (parts & withAnchor) drawToAnchor(network, learningRate, 0, 1);
  return loss;
}

/** One step of training. @returns the loss before it */
export function learnAdagrad(
  network: Network,
  rows: i32,
  parts: i32,
  learningRate: f32,
  epsilon: f32,
  decay: f32,
): f64 {
  const loss = gradients(network, rows, parts);
  const bytes = (<usize>network.size) << 2;
  adagradStep(network.gradient, network.parameters, network.secondMoment, bytes, learningRate, epsilon, decay);
  if (parts & withAnchor) drawToAnchor(network, learningRate, 1, epsilon);
  return loss;
}

function drawToAnchor(network: Network, learningRate: f32, rootFactor: f32, offset: f32): void {
  anchorStep(
    network.parameters,
    network.secondMoment,
    network.importance,
    network.anchor,
    (<usize>network.size) << 2,
    learningRate,
    rootFactor,
    offset,
  );
}
