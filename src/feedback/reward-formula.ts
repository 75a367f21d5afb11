import * as v from 'valibot';
import { canonicalJson, murmur3 } from '../core/hashing.ts';
import { TendrilError } from '../errors.ts';

/** What was observed, by name; absent, null and not finite all mean: not known. */
export type Signals = Readonly<Record<string, number | null | undefined>>;

const finite = v.pipe(v.number(), v.finite());
const positive = v.pipe(finite, v.minValue(Number.MIN_VALUE));

/** From a signal to a number that is usually in [0, 1]. All but `linear` and `threshold` take what is below 0 for 0. */
const transform = v.variant('type', [
  /** `x / scale` */
  v.strictObject({ type: v.literal('linear'), scale: v.optional(positive, 1) }),
  /** `ln(1 + x / scale)` */
  v.strictObject({ type: v.literal('log'), scale: v.optional(positive, 1) }),
  /** `x / (x + half)`: half of what is possible at `half` */
  v.strictObject({ type: v.literal('saturating'), half: positive }),
  /** 1 from `at` on, 0 below */
  v.strictObject({ type: v.literal('threshold'), at: finite }),
]);

const term = v.strictObject({
  signal: v.pipe(v.string(), v.minLength(1), v.maxLength(100)),
  transform: v.optional(transform, { type: 'linear' }),
  weight: v.pipe(finite, v.minValue(-1000), v.maxValue(1000)),
});

const declaration = v.strictObject({
  combine: v.optional(v.picklist(['sum', 'max']), 'sum'),
  terms: v.pipe(v.array(term), v.minLength(1), v.maxLength(64)),
});

/** Plain JSON, e.g. `{ terms: [{ signal: 'dwell', transform: { type: 'saturating', half: 30 }, weight: 0.7 }, { signal: 'click', weight: 0.3 }] }`. */
export type RewardFormulaDeclaration = v.InferInput<typeof declaration>;
type ParsedTerm = v.InferOutput<typeof term>;

/** What one term had to say. */
export interface TermExplanation {
  readonly signal: string;
  /** `null` where the signal is not known; it then says nothing. */
  readonly observed: number | null;
  /** After the transform; `null` likewise. */
  readonly transformed: number | null;
  /** `weight · transformed`; 0 where the signal is not known. */
  readonly contribution: number;
}

export interface RewardExplanation {
  /** In [0, 1]. */
  readonly reward: number;
  /** Before it is cut to [0, 1]. */
  readonly combined: number;
  /** Number of terms whose signal is known; the reward of 0 that none gives is no judgement. */
  readonly known: number;
  /** In the order of the declaration. */
  readonly terms: readonly TermExplanation[];
}

/** A reward made of signals by a declared formula, to be read by people and compared by its version. */
export class RewardFormula {
  /** With all defaults filled in. */
  readonly declaration: v.InferOutput<typeof declaration>;
  /** 16 hex digits of what the formula computes; the order of its terms and of its keys does not matter. */
  readonly formulaVersion: string;

  /** @param input untrusted @throws INVALID_CONFIG */
  constructor(input: unknown) {
    const result = v.safeParse(declaration, input, { abortEarly: true });
    if (!result.success) {
      throw new TendrilError('INVALID_CONFIG', { reason: `reward formula: ${v.summarize(result.issues)}` });
    }
    this.declaration = result.output;
    const terms = result.output.terms.map(canonicalJson).sort();
    const text = canonicalJson({ combine: result.output.combine, terms });
    this.formulaVersion = [1, 2].map((seed) => murmur3(text, seed).toString(16).padStart(8, '0')).join('');
  }

  /** Names of the signals it reads, each once, sorted. */
  get signals(): string[] {
    return [...new Set(this.declaration.terms.map(({ signal }) => signal))].sort();
  }

  /** In [0, 1]; 0 where no signal is known. */
  reward(signals: Signals): number {
    return this.explain(signals).reward;
  }

  explain(signals: Signals): RewardExplanation {
    const terms = this.declaration.terms.map((one) => explainTerm(one, signals));
    const contributions = terms.filter(({ observed }) => observed !== null).map(({ contribution }) => contribution);
    const known = contributions.length;
    const combined = known === 0 ? 0 : this.#combine(contributions);
    return { reward: Math.min(1, Math.max(0, combined)), combined, known, terms };
  }

  #combine(contributions: readonly number[]): number {
    if (this.declaration.combine === 'max') return Math.max(...contributions);
    return contributions.reduce((sum, contribution) => sum + contribution, 0);
  }
}

function explainTerm({ signal, transform, weight }: ParsedTerm, signals: Signals): TermExplanation {
  const observed = Object.hasOwn(signals, signal) ? signals[signal] : null;
  if (typeof observed !== 'number' || !Number.isFinite(observed)) {
    return { signal, observed: null, transformed: null, contribution: 0 };
  }
  const transformed = transformedValue(transform, observed);
  return { signal, observed, transformed, contribution: weight * transformed };
}

function transformedValue(transform: ParsedTerm['transform'], observed: number): number {
  switch (transform.type) {
    case 'linear':
      return observed / transform.scale;
    case 'log':
      return Math.log1p(Math.max(0, observed) / transform.scale);
    case 'saturating':
      return Math.max(0, observed) / (Math.max(0, observed) + transform.half);
    case 'threshold':
      return observed >= transform.at ? 1 : 0;
  }
}
