import type { PolicyTerms } from './logged-interaction.ts';

/** How much of the log speaks for the evaluation policy. */
export class WeightDiagnostics {
  readonly stateSize = 7;
  #count = 0;
  #sum = 0;
  #squares = 0;
  #largest = 0;
  #rewarded = 0;
  #rewardedSquares = 0;
  #unsupported = 0;

  update({ weight, reward, unsupported }: PolicyTerms): void {
    this.#count++;
    this.#sum += weight;
    this.#squares += weight * weight;
    this.#largest = Math.max(this.#largest, weight);
    this.#rewarded += weight * reward;
    this.#rewardedSquares += (weight * reward) ** 2;
    this.#unsupported += unsupported;
  }

  get count(): number {
    return this.#count;
  }

  get largestWeight(): number {
    return this.#largest;
  }

  /** Near 1 where the propensities are right and every action of the evaluation policy could be logged; 0 before the first update. */
  get meanWeight(): number {
    return this.#count === 0 ? 0 : this.#sum / this.#count;
  }

  /** Standard error of `meanWeight`; 0 before the second update. */
  get meanWeightError(): number {
    if (this.#count < 2) return 0;
    const variance = Math.max(0, this.#squares - (this.#sum * this.#sum) / this.#count) / (this.#count - 1);
    return Math.sqrt(variance / this.#count);
  }

  /** `(Σ w)² / Σ w²` (Kish 1965): interactions of the evaluation policy itself that the log is worth. */
  get effectiveSamples(): number {
    return this.#squares === 0 ? 0 : (this.#sum * this.#sum) / this.#squares;
  }

  /** The same of `w r`: rewards that the log is worth. With rare rewards it, and not the samples, says how sure an estimate can be. */
  get effectiveRewards(): number {
    return this.#rewardedSquares === 0 ? 0 : (this.#rewarded * this.#rewarded) / this.#rewardedSquares;
  }

  /** Mean evaluation probability of actions that the logging policy could not choose. */
  get unsupported(): number {
    return this.#count === 0 ? 0 : this.#unsupported / this.#count;
  }

  state(): Float64Array<ArrayBuffer> {
    const sums = [this.#rewarded, this.#rewardedSquares, this.#unsupported] as const;
    return Float64Array.of(this.#count, this.#sum, this.#squares, this.#largest, ...sums);
  }

  restore(state: Float64Array): void {
    [this.#count, this.#sum, this.#squares, this.#largest] = [state[0]!, state[1]!, state[2]!, state[3]!];
    [this.#rewarded, this.#rewardedSquares, this.#unsupported] = [state[4]!, state[5]!, state[6]!];
  }
}
