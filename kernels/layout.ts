import { productScratchBytes } from './matrix-product';
import { fromPanels, toPanels } from './panel';
import { blockBytes, hiddenLayer, HiddenLayer, Network } from './network';

/** Bytes that describe a network with so many hidden layers. */
export function networkBytes(hiddenCount: i32): i32 {
  return <i32>(offsetof<Network>() + <usize>hiddenCount * offsetof<HiddenLayer>());
}

export function vectorBytes(count: i32): i32 {
  return <i32>blockBytes(count);
}

/** Begins a network at an address; its hidden layers follow with {@link setHiddenSize}. */
export function setNetwork(
  network: Network,
  inputSize: i32,
  outputSize: i32,
  loss: i32,
  wide: i32,
  hiddenCount: i32,
  size: i32,
): void {
  memory.fill(changetype<usize>(network), 0, <usize>networkBytes(hiddenCount));
  network.inputSize = inputSize;
  network.outputSize = outputSize;
  network.loss = loss;
  network.wide = wide;
  network.hiddenCount = hiddenCount;
  network.size = size;
}

export function setHiddenSize(network: Network, index: i32, units: i32): void {
  hiddenLayer(network, index).units = units;
}

/** Where the vectors that stay are; 0 for a moment that the optimizer does not have. @param zeros as many as the widest layer has units, inputs and outputs included */
export function setVectors(
  network: Network,
  zeros: usize,
  parameters: usize,
  firstMoment: usize,
  secondMoment: usize,
): void {
  network.zeros = zeros;
  network.parameters = parameters;
  network.firstMoment = firstMoment;
  network.secondMoment = secondMoment;
}

export function setAnchor(network: Network, importance: usize, anchor: usize): void {
  network.importance = importance;
  network.anchor = anchor;
}

/** Lays out what one call works on, for up to `rows` rows, from `base` on. @returns the address behind it: from 0 on, the number of bytes */
export function layOut(network: Network, base: usize, rows: i32): usize {
  const scoreBytes = blockBytes(rows * network.outputSize);
  let end = base;
  network.inputs = end;
  end += blockBytes(rows * network.inputSize);
  network.targets = end;
  end += scoreBytes;
  network.rowMask = end;
  end += scoreBytes;
  network.logitTargets = end;
  end += scoreBytes;
  network.logitWeights = end;
  end += scoreBytes;
  network.scores = end;
  end += scoreBytes;
  network.weights = end;
  end += blockBytes(rows);
  network.outputMask = end;
  end += blockBytes(network.outputSize);
  network.mask = end;
  end += blockBytes(network.outputSize);
  network.gradient = end;
  end += blockBytes(network.size);
  return layOutLayers(network, end, rows);
}

function layOutLayers(network: Network, base: usize, rows: i32): usize {
  let end = base;
  let before = network.inputSize;
  let scratch: usize = 0;
  for (let index = 0; index < network.hiddenCount; index++) {
    const layer = hiddenLayer(network, index);
    layer.activation = end;
    end += blockBytes(rows * layer.units);
    layer.slope = end;
    end += blockBytes(rows * layer.units);
    scratch = max(scratch, productScratchBytes(rows, before));
    before = layer.units;
  }
  network.scratch = end;
  return end + max(scratch, productScratchBytes(rows, before));
}

/** Where a network keeps the addresses of inputs, targets, weights, outputMask, rowMask, logitTargets, logitWeights, scores and gradient, in this order. */
export function addressesOf(network: Network): usize {
  return changetype<usize>(network) + offsetof<Network>('inputs');
}

/** Row-major vectors, as they are outside, to vectors whose weights lie in panels. */
export function arrange(network: Network, source: usize, target: usize): void {
  rearrange(network, source, target, 1);
}

/** Back again. */
export function restore(network: Network, source: usize, target: usize): void {
  rearrange(network, source, target, 0);
}

function rearrange(network: Network, source: usize, target: usize, intoPanels: i32): void {
  let before = network.inputSize;
  let at: usize = 0;
  if (network.wide) at = rearrangeWeights(source, target, at, before, network.outputSize, intoPanels);
  at = copyBias(source, target, at, network.outputSize);
  for (let index = 0; index < network.hiddenCount; index++) {
    const units = hiddenLayer(network, index).units;
    at = rearrangeWeights(source, target, at, before, units, intoPanels);
    at = copyBias(source, target, at, units);
    before = units;
  }
  if (network.hiddenCount > 0) rearrangeWeights(source, target, at, before, network.outputSize, intoPanels);
}

/** @returns the offset behind the weights */
function rearrangeWeights(source: usize, target: usize, at: usize, rows: i32, columns: i32, intoPanels: i32): usize {
  if (intoPanels) toPanels(source + at, target + at, rows, columns);
  else fromPanels(source + at, target + at, rows, columns);
  return at + ((<usize>(rows * columns)) << 2);
}

/** @returns the offset behind the bias */
function copyBias(source: usize, target: usize, at: usize, units: i32): usize {
  const bytes = (<usize>units) << 2;
  memory.copy(target + at, source + at, bytes);
  return at + bytes;
}
