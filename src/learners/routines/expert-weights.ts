import type { PartState } from '../../core/part-state.ts';
import { corrupt, readTensor } from '../../core/read-state.ts';

/** No expert is believed beyond this: what one gets wrong must not silence it. */
const MIN_PROBABILITY = 0.02;

/** Logarithm of the probability that an expectation gives a reward in [0, 1]. */
export function logLikelihood(expected: number, reward: number): number {
  const p = Math.min(1 - MIN_PROBABILITY, Math.max(MIN_PROBABILITY, expected));
  return reward * Math.log(p) + (1 - reward) * Math.log(1 - p);
}

/**
 * How much each of several experts is believed by how well it predicted lately: Bayes' rule on the log loss, with a chance that another one is the right
 * one from here on (Fixed Share, Herbster and Warmuth 1998, doi 10.1023/A:1007424614876). Those with a weight of their own in a call take part in it, the
 * others sleep: they neither gain nor lose against each other (Freund et al. 1997, doi 10.1145/258533.258616).
 */
export class ExpertWeights {
  #weights: Float64Array<ArrayBuffer>;
  readonly #favourite: number;
  readonly #favour: number;

  /** @param favourite the expert that has the share `favour` of the prior; the others share the rest */
  constructor(size: number, favourite: number, favour: number) {
    this.#favourite = favourite;
    this.#favour = favour;
    this.#weights = new Float64Array(size);
    this.#weights[favourite] = 1;
  }

  /** Weights of those that `awake` names; they add up to 1, the others are 0. @param awake [size] NaN for one that sleeps */
  among(awake: Float64Array): Float64Array {
    const weights = this.#weights.map((weight, expert) => (Number.isNaN(awake[expert]!) ? 0 : weight));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    if (total > 0) return weights.map((weight) => weight / total);
    const [prior, isAsleep] = [this.#priorAmong(awake), Number.isNaN];
    return weights.map((_, expert) => (isAsleep(awake[expert]!) ? 0 : prior(expert)));
  }

  #priorAmong(awake: Float64Array): (expert: number) => number {
    const count = awake.reduce((sum, value) => sum + (Number.isNaN(value) ? 0 : 1), 0);
    if (Number.isNaN(awake[this.#favourite]!)) return () => 1 / count;
    if (count === 1) return () => 1;
    return (expert) => (expert === this.#favourite ? this.#favour : (1 - this.#favour) / (count - 1));
  }

  /** @param expected [size] expected reward of each expert before it learned the reward; NaN for one that sleeps @param weight ≥ 0 */
  update(expected: Float64Array, reward: number, weight: number): void {
    const weights = this.among(expected);
    const mass = this.#massOf(expected);
    let total = 0;
    for (let expert = 0; expert < weights.length; expert++) {
      if (weights[expert] === 0) continue;
      weights[expert]! *= Math.exp(Math.min(1, weight) * logLikelihood(expected[expert]!, reward));
      total += weights[expert]!;
    }
    for (let expert = 0; expert < weights.length; expert++) {
      if (!Number.isNaN(expected[expert]!)) this.#weights[expert] = (mass * weights[expert]!) / total;
    }
  }

  /** With this chance another one is the right one from here on. */
  share(chance: number, awake: Float64Array): void {
    const weights = this.among(awake);
    const mass = this.#massOf(awake);
    const prior = this.#priorAmong(awake);
    for (let expert = 0; expert < weights.length; expert++) {
      if (Number.isNaN(awake[expert]!)) continue;
      this.#weights[expert] = mass * ((1 - chance) * weights[expert]! + chance * prior(expert));
    }
  }

  /** What those awake have together; 1 where they have nothing yet. */
  #massOf(awake: Float64Array): number {
    const mass = this.#weights.reduce((sum, weight, expert) => sum + (Number.isNaN(awake[expert]!) ? 0 : weight), 0);
    return mass > 0 ? mass : 1;
  }

  /** A new expert, or one that takes the place of another, that has shown to be better than all by these odds. */
  enter(expert: number, odds: number): void {
    this.#weights[expert] = 0;
    const others = this.#weights.reduce((sum, weight) => sum + weight, 0);
    this.#weights[expert] = others * odds;
    const total = others * (1 + odds);
    for (let i = 0; i < this.#weights.length; i++) this.#weights[i]! /= total;
  }

  state(): PartState {
    return { tensors: { weights: this.#weights.slice() }, values: {} };
  }

  /** @throws CHECKPOINT_CORRUPT */
  restore(state: PartState): void {
    const weights = readTensor(state, 'weights', 'f64', this.#weights.length);
    if (weights.some((weight) => weight < 0 || weight > 1e6)) throw corrupt('a weight is out of range');
    this.#weights = weights;
  }
}
