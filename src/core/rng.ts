import { xoroshiro128plus, xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { murmur3 } from './hashing.ts';

/** Plain-data state of an {@link Rng}; restoring it continues the same sequence. */
export type RngState = readonly number[];

/** Seeded random numbers (xoroshiro128+, by pure-rand) whose state can be stored and restored. */
export class Rng {
  #generator;

  private constructor(generator: ReturnType<typeof xoroshiro128plus>) {
    this.#generator = generator;
  }

  /** @param seed any integer; hashed first, because the generator's first draws from small seeds are nearly the same */
  static fromSeed(seed: number): Rng {
    return new Rng(xoroshiro128plus(murmur3(String(seed)) | 0));
  }

  static fromState(state: RngState): Rng {
    return new Rng(xoroshiro128plusFromState([...state]));
  }

  state(): RngState {
    return [...this.#generator.getState()];
  }

  /** Uniform in [0, 1) with 53 random bits. */
  nextFloat(): number {
    return uniformFloat64(this.#generator);
  }

  /** Uniform integer in [0, bound). */
  nextInt(bound: number): number {
    return uniformInt(this.#generator, 0, bound - 1);
  }

  /** Standard normal (Box and Muller 1958); draws two uniforms a call, so that the state stays the only memory. */
  nextGaussian(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.nextFloat()));
    return radius * Math.cos(2 * Math.PI * this.nextFloat());
  }

  /** Fisher and Yates, in place. */
  shuffle<T>(values: T[]): T[] {
    for (let i = values.length - 1; i > 0; i--) {
      const j = this.nextInt(i + 1);
      [values[i], values[j]] = [values[j] as T, values[i] as T];
    }
    return values;
  }
}
