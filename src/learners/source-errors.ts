import * as v from 'valibot';
import type { PartState } from '../core/part-state.ts';
import { corrupt } from '../core/read-state.ts';

/** Errors that all sources together are worth in the mean of each: one that has said little counts as the others. */
const STRENGTH = 4;
/** An error counts half after about 350 more of the same source. */
const DECAY = 0.998;
/** Sources that are remembered; of more, the one heard of longest ago makes room. */
const CAPACITY = 256;

interface Errors {
  /** Decayed sum of absolute errors, in units of the target, and what they weigh. */
  readonly sum: number;
  readonly count: number;
}

const errors = v.strictObject({
  sum: v.pipe(v.number(), v.finite(), v.minValue(0)),
  count: v.pipe(v.number(), v.finite(), v.minValue(0)),
});
const stateValues = v.strictObject({
  all: errors,
  /** The one heard of longest ago first. */
  sources: v.pipe(v.array(v.tuple([v.string(), errors])), v.maxLength(CAPACITY)),
});

/**
 * How much the numbers of each source are worth: by the inverse of its variance, compared with the most exact source, as independent measurements are
 * combined (Aitken 1936, doi 10.1017/S0370164600014346). Mean absolute errors of the model's predictions stand for the deviations: one wild value
 * must not decide. Where the model is wrong itself, the sources that it follows least have the larger errors, and lose until it fits the better ones.
 */
export class SourceErrors {
  #all: Errors = { sum: 0, count: 0 };
  #sources = new Map<string, Errors>();

  /** Sources heard of. */
  get size(): number {
    return this.#sources.size;
  }

  /** @param error absolute, of the prediction that was made before; null where there was none: then the source is only known to exist */
  learnOne(source: string, error: number | null): void {
    const known = this.#sources.get(source) ?? { sum: 0, count: 0 };
    this.#sources.delete(source);
    const oldest = this.#sources.keys().next();
    if (this.#sources.size >= CAPACITY && !oldest.done) this.#sources.delete(oldest.value);
    this.#sources.set(source, added(known, error));
    this.#all = added(this.#all, error);
  }

  /** Weight of an example from this source, in [0, 1]; 1 for the most exact one. */
  share(source: string): number {
    const own = this.#deviation(this.#sources.get(source));
    let best = own;
    for (const other of this.#sources.values()) best = Math.min(best, this.#deviation(other));
    return own > 0 ? (best / own) ** 2 : 1;
  }

  #deviation(of: Errors = { sum: 0, count: 0 }): number {
    const { sum, count } = this.#all;
    const usual = count > 0 ? sum / count : 0;
    return (STRENGTH * usual + of.sum) / (STRENGTH + of.count);
  }

  state(): PartState {
    return {
      tensors: {},
      values: { all: { ...this.#all }, sources: [...this.#sources].map(([name, of]) => [name, { ...of }]) },
    };
  }

  /** Continues exactly. @throws CHECKPOINT_CORRUPT */
  restore(state: PartState): void {
    const result = v.safeParse(stateValues, state.values);
    if (!result.success) throw corrupt(`errors of sources: ${v.summarize(result.issues)}`);
    const sources = new Map(result.output.sources);
    if (sources.size !== result.output.sources.length) throw corrupt('errors of sources: a source is there twice');
    this.#all = result.output.all;
    this.#sources = sources;
  }
}

function added({ sum, count }: Errors, error: number | null): Errors {
  return error === null ? { sum, count } : { sum: DECAY * sum + error, count: DECAY * count + 1 };
}
