import * as v from 'valibot';
import { parseState } from '../distribution/parse-state.ts';
import { BINS, binOf } from './share-bins.ts';

/** Decisions of one bin: how many, and the sum of what the model said of them. */
export interface SaidSums {
  readonly count: number;
  readonly sum: number;
}

const entry = v.strictTuple([
  v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(BINS - 1)),
  v.pipe(v.number(), v.integer(), v.minValue(1)),
  v.pipe(v.number(), v.finite()),
]);
export const saidBinsSchema = v.pipe(v.array(entry), v.maxLength(BINS));
/** Bin, count, sum; plain JSON. */
export type SaidBinsState = v.InferOutput<typeof saidBinsSchema>;

/** What a model said of decisions, in bins; decisions can be taken out again. */
export class SaidBins {
  #counts = new Float64Array(BINS);
  #sums = new Float64Array(BINS);

  get count(): number {
    return this.#counts.reduce((sum, count) => sum + count, 0);
  }

  /** [BINS] */
  get bins(): SaidSums[] {
    return Array.from(this.#counts, (count, bin) => ({ count, sum: this.#sums[bin]! }));
  }

  /** @param share in [0, 1] by which the bin is found @param said in its own unit */
  add(share: number, said: number): void {
    this.#change(binOf(share), 1, said);
  }

  /** Takes one out; what was never added is passed over. */
  remove(share: number, said: number): void {
    const bin = binOf(share);
    if (this.#counts[bin]! > 0) this.#change(bin, -1, -said);
  }

  clear(): void {
    this.#counts.fill(0);
    this.#sums.fill(0);
  }

  state(): SaidBinsState {
    return this.bins.flatMap(({ count, sum }, bin): SaidBinsState => (count > 0 ? [[bin, count, sum]] : []));
  }

  /** @param state of {@link state}, untrusted @throws CHECKPOINT_CORRUPT */
  restore(state: unknown): void {
    const entries = parseState(saidBinsSchema, state, 'decisions');
    this.clear();
    for (const [bin, count, sum] of entries) {
      this.#counts[bin] = count;
      this.#sums[bin] = sum;
    }
  }

  #change(bin: number, by: number, said: number): void {
    this.#counts[bin] = this.#counts[bin]! + by;
    this.#sums[bin] = this.#counts[bin] === 0 ? 0 : this.#sums[bin]! + said;
  }
}
