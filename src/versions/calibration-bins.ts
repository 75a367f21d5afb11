import * as v from 'valibot';
import { topOf } from '../core/top-of.ts';
import type { Judgement } from './judgement.ts';

const BINS = 10;

const sums = v.pipe(v.array(v.pipe(v.number(), v.finite())), v.length(BINS));
export const calibrationState = v.object({ counts: sums, expected: sums, observed: sums });

/** How far what a model expects is from what comes of it: expected calibration error over ten bins (Guo et al. 2017, arXiv 1706.04599), in [0, 1]. */
export class CalibrationBins {
  readonly #counts = new Array<number>(BINS).fill(0);
  readonly #expected = new Array<number>(BINS).fill(0);
  readonly #observed = new Array<number>(BINS).fill(0);

  update(judgement: Judgement): void {
    const said = expectation(judgement);
    if (!said) return;
    const [expected, observed] = said;
    const bin = Math.min(BINS - 1, Math.max(0, Math.floor(expected * BINS)));
    this.#counts[bin]!++;
    this.#expected[bin]! += expected;
    this.#observed[bin]! += observed;
  }

  get count(): number {
    return this.#counts.reduce((total, count) => total + count, 0);
  }

  /** 0 before the first judgement. */
  get error(): number {
    const total = Math.max(1, this.count);
    return this.#expected.reduce((sum, expected, bin) => sum + Math.abs(expected - this.#observed[bin]!), 0) / total;
  }

  state(): v.InferOutput<typeof calibrationState> {
    return { counts: [...this.#counts], expected: [...this.#expected], observed: [...this.#observed] };
  }

  restore({ counts, expected, observed }: v.InferOutput<typeof calibrationState>): void {
    for (let bin = 0; bin < BINS; bin++) {
      this.#counts[bin] = counts[bin]!;
      this.#expected[bin] = expected[bin]!;
      this.#observed[bin] = observed[bin]!;
    }
  }
}

/** What was expected and what came, both in [0, 1]; null where nothing was. */
function expectation(judgement: Judgement): readonly [expected: number, observed: number] | null {
  if (judgement.kind === 'ranking') return [judgement.predicted, judgement.actual];
  // Of numbers it is the coverage of the interval, which adapts by itself.
  if (judgement.kind === 'regression') return null;
  const { label, confidence } = topOf(judgement.probabilities);
  return confidence === null ? null : [confidence, label === judgement.actual ? 1 : 0];
}
