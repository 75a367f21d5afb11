import type { DenseLayer } from './workload.ts';

/**
 * What somebody would write who needs only this: each input times its row of the kernel, added up in the outputs, which reads the kernel in the order in
 * which it lies. Rectified between layers.
 * @param inputs row-major [rows, inputs of the first layer] @returns row-major [rows, units of the last layer]
 */
export function plainScores(layers: readonly DenseLayer[], inputs: Float32Array, rows: number): Float32Array {
  let values = inputs;
  layers.forEach((layer, index) => {
    values = denseLayer(layer, values, rows);
    if (index < layers.length - 1) rectify(values);
  });
  return values;
}

function denseLayer({ inputs, units, kernel, bias }: DenseLayer, values: Float32Array, rows: number): Float32Array {
  const sums = new Float32Array(rows * units);
  for (let row = 0; row < rows; row++) {
    const out = row * units;
    for (let k = 0; k < units; k++) sums[out + k] = bias[k]!;
    for (let i = 0; i < inputs; i++) {
      const value = values[row * inputs + i]!;
      const weights = i * units;
      for (let k = 0; k < units; k++) sums[out + k]! += value * kernel[weights + k]!;
    }
  }
  return sums;
}

function rectify(values: Float32Array): void {
  for (let i = 0; i < values.length; i++) if (values[i]! < 0) values[i] = 0;
}
