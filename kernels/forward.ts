import { multiply } from './matrix-product';
import { hiddenLayer, Network } from './network';

/** Leaves the scores of the first `rows` inputs in `scores`, and every layer's outputs in its `activation`. */
export function forward(network: Network, rows: i32): void {
  const outputs = network.outputSize;
  const scratch = network.scratch;
  let values = network.inputs;
  let before = network.inputSize;
  let place = network.parameters + (network.wide ? (<usize>(before * outputs)) << 2 : 0);
  const bias = place;
  place += (<usize>outputs) << 2;
  if (network.wide) {
    multiply(values, network.parameters, bias, 0, network.scores, rows, before, outputs, 0, scratch);
  }
  for (let index = 0; index < network.hiddenCount; index++) {
    const layer = hiddenLayer(network, index);
    const units = layer.units;
    const layerBias = place + ((<usize>(before * units)) << 2);
    multiply(values, place, layerBias, 0, layer.activation, rows, before, units, 1, scratch);
    place = layerBias + ((<usize>units) << 2);
    values = layer.activation;
    before = units;
  }
  if (network.hiddenCount == 0) return;
  const start = network.wide ? network.scores : bias;
  const startStride = network.wide ? (<usize>outputs) << 2 : 0;
  multiply(values, place, start, startStride, network.scores, rows, before, outputs, 0, scratch);
}
