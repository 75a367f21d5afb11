import { Rng } from '../../core/rng.ts';
import type { Row, RowShape } from '../row.ts';
import { hashedScale, rowScales, type HiddenFeatures } from './feature-map.ts';

/**
 * A hidden layer of seeded random weights that is never trained: random Fourier features of a Gaussian kernel (Rahimi and Recht 2007) over the
 * row. With a {@link HiddenFeatures} of a trained network in its place, the linear head over it is the neural-linear model.
 */
export class RandomFeatures implements HiddenFeatures {
  readonly size: number;
  readonly #denseScale: number;
  readonly #hashStart: number;
  /** [denseSize + hashSize][size] */
  readonly #weights: Float32Array;
  readonly #phases: Float32Array;

  /** @param width of the kernel, in lengths of a row's part */
  constructor(shape: RowShape, size: number, seed: number, width = 1) {
    const rng = Rng.fromSeed(seed);
    this.size = size;
    this.#denseScale = rowScales(shape).dense;
    this.#hashStart = shape.denseSize;
    this.#weights = Float32Array.from(
      { length: (shape.denseSize + shape.hashSize) * size },
      () => rng.nextGaussian() / width,
    );
    this.#phases = Float32Array.from({ length: size }, () => 2 * Math.PI * rng.nextFloat());
  }

  write(row: Row, out: Float32Array): void {
    out.set(this.#phases);
    for (let i = 0; i < row.dense.length; i++) this.#add(i, row.dense[i]! * this.#denseScale, out);
    const scale = hashedScale(row);
    for (let k = 0; k < row.indices.length; k++) {
      this.#add(this.#hashStart + row.indices[k]!, row.values[k]! * scale, out);
    }
    const amplitude = Math.sqrt(2 / this.size);
    for (let unit = 0; unit < this.size; unit++) out[unit] = amplitude * Math.cos(out[unit]!);
  }

  #add(input: number, value: number, out: Float32Array): void {
    if (value === 0) return;
    const start = input * this.size;
    for (let unit = 0; unit < this.size; unit++) out[unit]! += value * this.#weights[start + unit]!;
  }
}

/** Several feature vectors as one, in this order: for instance a network's hidden layer and its score. */
export function joinFeatures(parts: readonly HiddenFeatures[]): HiddenFeatures {
  const size = parts.reduce((total, part) => total + part.size, 0);
  return {
    size,
    write(row, out) {
      let at = 0;
      for (const part of parts) {
        part.write(row, out.subarray(at, at + part.size));
        at += part.size;
      }
    },
  };
}
