import type { PartState } from '../../core/part-state.ts';
import type { OnlineRegressor } from '../online-model.ts';
import type { Row } from '../row.ts';
import { checkWhole, copyArrays, restoreArrays } from './part-arrays.ts';

/**
 * Exponentially fading mean of the targets, whatever the input. `memory` 1 is persistence (the last target), Infinity the mean of all. 0 with nothing
 * learned.
 */
export class RunningMeanRegressor implements OnlineRegressor {
  readonly #memory: number;
  /** [mean, count] */
  readonly #arrays = { mean: new Float64Array(2) };

  /** @param memory time constant in targets, ≥ 1 */
  constructor(memory = Infinity) {
    this.#memory = memory;
  }

  predictOne(): number {
    return this.#arrays.mean[0]!;
  }

  learnOne(_row: Row, target: number, weight: number): void {
    const { mean } = this.#arrays;
    if (weight === 0) return;
    mean[1]! += 1;
    mean[0]! += Math.min(1, weight / Math.min(mean[1]!, this.#memory)) * (target - mean[0]!);
  }

  state(): PartState {
    return copyArrays(this.#arrays);
  }

  restore(state: PartState): void {
    checkWhole('count', state.tensors.mean?.[1], 0, Number.MAX_SAFE_INTEGER);
    restoreArrays(this.#arrays, state);
  }
}
