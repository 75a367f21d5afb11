import type { PartState } from '../../core/part-state.ts';
import type { OnlineRegressor } from '../online-model.ts';
import type { Row, RowShape } from '../row.ts';
import { CompactInput } from './compact-input.ts';
import { checkWhole, copyArrays, restoreArrays } from './part-arrays.ts';

export interface NeighboursOptions {
  readonly neighbours?: number;
  /** Most recent examples that are remembered. */
  readonly window?: number;
}

/** Numbers that the window may hold. */
const WINDOW_NUMBERS = 8192;

/**
 * Mean target of the nearest of the last examples, the nearer ones counting more (inverse distance, Shepard 1968), as River's KNNRegressor. By the
 * examples' weight too.
 */
export class NeighboursRegressor implements OnlineRegressor {
  readonly #compact: CompactInput;
  readonly #neighbours: number;
  readonly #capacity: number;
  readonly #inputs: Float32Array<ArrayBuffer>;
  readonly #targets: Float64Array<ArrayBuffer>;
  readonly #weights: Float64Array<ArrayBuffer>;
  /** [next place, examples held] */
  readonly #ring = new Int32Array(2);
  readonly #query: Float32Array;
  readonly #distances: Float64Array;
  readonly #nearest: Int32Array;

  constructor(shape: RowShape, options: NeighboursOptions = {}) {
    this.#compact = new CompactInput(shape);
    const width = this.#compact.size;
    this.#neighbours = options.neighbours ?? 7;
    const limit = Math.max(this.#neighbours, Math.floor(WINDOW_NUMBERS / Math.max(1, width)));
    this.#capacity = Math.min(options.window ?? 500, limit);
    this.#inputs = new Float32Array(this.#capacity * width);
    this.#targets = new Float64Array(this.#capacity);
    this.#weights = new Float64Array(this.#capacity);
    this.#query = new Float32Array(width);
    this.#distances = new Float64Array(this.#neighbours);
    this.#nearest = new Int32Array(this.#neighbours);
  }

  predictOne(row: Row): number {
    this.#compact.write(row, this.#query);
    this.#search();
    let [sum, total] = [0, 0];
    for (let k = 0; k < this.#neighbours; k++) {
      const distance = this.#distances[k]!;
      if (distance === Infinity) break;
      const place = this.#nearest[k]!;
      const share = this.#weights[place]! / (Math.sqrt(distance) + 1e-3);
      sum += share * this.#targets[place]!;
      total += share;
    }
    return total > 0 ? sum / total : 0;
  }

  /** Fills the lists of the nearest examples, the nearest first, and of their squared distances. */
  #search(): void {
    const width = this.#query.length;
    const distances = this.#distances.fill(Infinity);
    const last = distances.length - 1;
    const inputs = this.#inputs;
    const query = this.#query;
    for (let place = 0; place < this.#ring[1]!; place++) {
      const limit = distances[last]!;
      let at = place * width;
      let distance = 0;
      for (let i = 0; i < width && distance < limit; i += 4, at += 4) {
        const stop = Math.min(4, width - i);
        for (let k = 0; k < stop; k++) {
          const difference = inputs[at + k]! - query[i + k]!;
          distance += difference * difference;
        }
      }
      if (distance < limit) this.#insert(place, distance);
    }
  }

  #insert(place: number, distance: number): void {
    const distances = this.#distances;
    let at = distances.length - 1;
    for (; at > 0 && distances[at - 1]! > distance; at--) {
      distances[at] = distances[at - 1]!;
      this.#nearest[at] = this.#nearest[at - 1]!;
    }
    distances[at] = distance;
    this.#nearest[at] = place;
  }

  learnOne(row: Row, target: number, weight: number): void {
    if (weight === 0) return;
    const place = this.#ring[0]!;
    this.#compact.write(row, this.#inputs, place * this.#compact.size);
    this.#targets[place] = target;
    this.#weights[place] = weight;
    this.#ring[0] = (place + 1) % this.#capacity;
    this.#ring[1] = Math.min(this.#capacity, this.#ring[1]! + 1);
  }

  #arrays() {
    return { inputs: this.#inputs, targets: this.#targets, weights: this.#weights, ring: this.#ring };
  }

  state(): PartState {
    return copyArrays(this.#arrays());
  }

  restore(state: PartState): void {
    checkWhole('next place', state.tensors.ring?.[0], 0, this.#capacity - 1);
    checkWhole('examples held', state.tensors.ring?.[1], 0, this.#capacity);
    restoreArrays(this.#arrays(), state);
  }
}
