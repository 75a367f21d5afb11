import type { PartState } from '../../core/part-state.ts';
import { Rng } from '../../core/rng.ts';
import type { OnlineRegressor } from '../online-model.ts';
import type { Row, RowShape } from '../row.ts';
import { ModelInput } from './model-input.ts';
import { joinStates, partOfState } from './part-arrays.ts';
import { RecursiveLeastSquares, type LeastSquaresOptions } from './recursive-least-squares.ts';

export interface FourierOptions extends LeastSquaresOptions {
  /** Random features; 64 by default. */
  readonly waves?: number;
  /** Also reads the targets learned last; see {@link ModelInput}. */
  readonly lagged?: boolean;
}

/** How many inputs a random feature looks at, in turn: few at a time find additive structure in many inputs; 0 means all. */
const SUBSET_SIZES = [1, 2, 3, 0];

/** Inputs that also enter as they are, so that what is linear need not be put together of waves. */
const LINEAR_LIMIT = 24;

/**
 * Recursive least squares on random Fourier features (Rahimi and Recht 2007: cos(ω·x + φ), ω normal, φ uniform), over random subsets of the inputs and
 * several bandwidths. Which ones is drawn from the seed and not part of the state.
 */
export class FourierRegressor implements OnlineRegressor {
  readonly #input: ModelInput;
  readonly #solver: RecursiveLeastSquares;
  readonly #waves: number;
  readonly #linear: readonly number[];
  readonly #features: Float64Array;
  /** For each wave from where in the two lists below it reads. */
  readonly #starts: Int32Array;
  readonly #places: Int32Array;
  readonly #frequencies: Float64Array;
  readonly #phases: Float64Array;

  constructor(shape: RowShape, seed: number, options: FourierOptions) {
    this.#input = new ModelInput(shape, options.lagged ?? false);
    const { places } = this.#input;
    this.#waves = options.waves ?? 64;
    this.#linear = [0, ...places.slice(-LINEAR_LIMIT)];
    this.#features = new Float64Array(this.#waves + this.#linear.length);
    this.#solver = new RecursiveLeastSquares(this.#features.length, options);
    const rng = Rng.fromSeed(seed);
    const drawn = Array.from({ length: this.#waves }, (_, index) => drawWave(index, places, rng));
    this.#phases = Float64Array.from(drawn, () => 2 * Math.PI * rng.nextFloat());
    this.#places = Int32Array.from(drawn.flatMap((wave) => wave.places));
    this.#frequencies = Float64Array.from(drawn.flatMap((wave) => wave.frequencies));
    this.#starts = new Int32Array(this.#waves + 1);
    drawn.forEach((wave, index) => (this.#starts[index + 1] = this.#starts[index]! + wave.places.length));
  }

  predictOne(row: Row): number {
    return this.#input.offset + this.#solver.predict(this.#read(row));
  }

  learnOne(row: Row, target: number, weight: number): void {
    if (weight === 0) return;
    this.#input.begin(target);
    const features = this.#read(row);
    const shifted = target - this.#input.offset;
    const residual = shifted - this.#solver.predict(features);
    this.#solver.learn(features, shifted, weight);
    this.#input.learn(target, residual, weight);
  }

  #read(row: Row): Float64Array {
    const values = this.#input.read(row);
    const features = this.#features;
    const height = Math.sqrt(8 / this.#waves);
    for (let wave = 0; wave < this.#waves; wave++) {
      let angle = this.#phases[wave]!;
      for (let k = this.#starts[wave]!; k < this.#starts[wave + 1]!; k++) {
        angle += this.#frequencies[k]! * values[this.#places[k]!]!;
      }
      features[wave] = height * Math.cos(angle);
    }
    for (let i = 0; i < this.#linear.length; i++) features[this.#waves + i] = values[this.#linear[i]!]!;
    return features;
  }

  state(): PartState {
    return joinStates({ input: this.#input.state(), solver: this.#solver.state() });
  }

  restore(state: PartState): void {
    this.#solver.restore(partOfState(state, 'solver'));
    this.#input.restore(partOfState(state, 'input'));
  }
}

interface Wave {
  readonly places: number[];
  readonly frequencies: number[];
}

function drawWave(index: number, candidates: readonly number[], rng: Rng): Wave {
  const places = rng.shuffle([...candidates]);
  const size = SUBSET_SIZES[index % SUBSET_SIZES.length]!;
  if (size > 0 && size < places.length) places.length = size;
  const bandwidth = Math.sqrt(places.length) * (1 + (Math.floor(index / SUBSET_SIZES.length) % 3) / 2);
  return { places, frequencies: places.map(() => rng.nextGaussian() / bandwidth) };
}
