import { closeGates, square, sumRows } from './elementwise';
import { multiplyByTransposed, multiplyTransposed } from './matrix-product';
import { hiddenLayer, Network } from './network';

/**
 * From the derivatives with respect to the scores, which lie in `scores`, to the gradient of all parameters. With `squared`, the sum of the squares of the rows'
 * gradients: those are products of an activation and a derivative, so that squaring both before they are multiplied does it.
 */
export function backward(network: Network, rows: i32, squared: i32): void {
  hiddenSlopes(network, rows);
  if (squared) squareFactors(network, rows);
  const outputs = network.outputSize;
  let values = network.inputs;
  let before = network.inputSize;
  let place = network.gradient;
  if (network.wide) place = weightGradient(network, values, network.scores, place, rows, before, outputs);
  sumRows(network.scores, place, rows, outputs);
  place += (<usize>outputs) << 2;
  for (let index = 0; index < network.hiddenCount; index++) {
    const layer = hiddenLayer(network, index);
    place = weightGradient(network, values, layer.slope, place, rows, before, layer.units);
    sumRows(layer.slope, place, rows, layer.units);
    place += (<usize>layer.units) << 2;
    values = layer.activation;
    before = layer.units;
  }
  if (network.hiddenCount > 0) weightGradient(network, values, network.scores, place, rows, before, outputs);
}

/** @returns the address behind it */
function weightGradient(
  network: Network,
  values: usize,
  slopes: usize,
  gradient: usize,
  rows: i32,
  before: i32,
  units: i32,
): usize {
  multiplyTransposed(values, slopes, gradient, before, rows, units, network.scratch);
  return gradient + ((<usize>(before * units)) << 2);
}

/** From the last hidden layer to the first; weights are found from the end of the parameters. */
function hiddenSlopes(network: Network, rows: i32): void {
  let slopes = network.scores;
  let units = network.outputSize;
  let place = network.parameters + ((<usize>network.size) << 2);
  for (let index = network.hiddenCount - 1; index >= 0; index--) {
    const layer = hiddenLayer(network, index);
    place -= (<usize>(layer.units * units)) << 2;
    multiplyByTransposed(slopes, place, network.zeros, layer.slope, rows, units, layer.units, network.scratch);
    closeGates(layer.slope, layer.activation, (<usize>(rows * layer.units)) << 2);
    slopes = layer.slope;
    units = layer.units;
    place -= (<usize>units) << 2;
  }
}

function squareFactors(network: Network, rows: i32): void {
  square(network.inputs, (<usize>(rows * network.inputSize)) << 2);
  square(network.scores, (<usize>(rows * network.outputSize)) << 2);
  for (let index = 0; index < network.hiddenCount; index++) {
    const layer = hiddenLayer(network, index);
    square(layer.activation, (<usize>(rows * layer.units)) << 2);
    square(layer.slope, (<usize>(rows * layer.units)) << 2);
  }
}
