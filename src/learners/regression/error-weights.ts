import type { PartState } from '../../core/part-state.ts';
import { corrupt } from '../../core/read-state.ts';
import { copyArrays, restoreArrays } from './part-arrays.ts';
import type { RobustScale } from './robust-scale.ts';

/** Errors count up to so many scales. */
const CUT = 5;

/** Weights in proportion to (fading mean squared error)^−power: free of any unit, quick after a change, never quite zero. */
export class ErrorWeights {
  readonly #keep: number;
  readonly #power: number;
  /** Fading sums of squared errors. */
  readonly #losses: Float64Array<ArrayBuffer>;

  /** @param memory time constant in examples */
  constructor(size: number, memory: number, power: number) {
    this.#keep = 1 - 1 / memory;
    this.#power = power;
    this.#losses = new Float64Array(size);
  }

  /** Weighted mean of `values` [size]. */
  mean(values: Float64Array): number {
    const losses = this.#losses;
    let least = Infinity;
    for (let i = 0; i < losses.length; i++) least = Math.min(least, losses[i]!);
    let [sum, total] = [0, 0];
    for (let i = 0; i < losses.length; i++) {
      const weight = losses[i]! > least ? (least / losses[i]!) ** this.#power : 1;
      sum += weight * values[i]!;
      total += weight;
    }
    return sum / total;
  }

  learn(values: Float64Array, target: number, weight: number, scale: RobustScale): void {
    const limit = scale.count > 0 && scale.value > 0 ? CUT * scale.value : Infinity;
    for (let i = 0; i < this.#losses.length; i++) {
      const error = Math.min(Math.abs(values[i]! - target), limit);
      // Squares of tiny or huge units stay within the range of numbers.
      this.#losses[i] = Math.min(1e300, this.#keep * this.#losses[i]! + weight * error * error);
    }
  }

  state(): PartState {
    return copyArrays({ losses: this.#losses });
  }

  restore(state: PartState): void {
    if (!state.tensors.losses?.every((loss) => loss >= 0)) throw corrupt('a loss is negative or not there');
    restoreArrays({ losses: this.#losses }, state);
  }
}
