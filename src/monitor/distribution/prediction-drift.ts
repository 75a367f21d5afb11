import { topOf } from '../../core/top-of.ts';
import type { FeatureSchema, ParsedFeatures } from '../../core/task.ts';
import { FeatureDrift } from './feature-drift.ts';
import type { FeatureDriftOptions } from './feature-drift-options.ts';

/** What a model answered, by kind of task. */
export interface PredictionKinds {
  /** Class to probability. */
  readonly classification: Readonly<Record<string, number>>;
  /** The item that came first, its expected reward, and the chances that each candidate had of coming first. */
  readonly ranking: { readonly item: string; readonly score: number; readonly chances: readonly number[] };
  readonly regression: { readonly value: number; readonly lower: number; readonly upper: number };
}
export type PredictionKind = keyof PredictionKinds;

const numeric = { type: 'numeric' } as const;
const categorical = { type: 'categorical' } as const;

/** Also the names that a report has. */
const schemas: Readonly<Record<PredictionKind, FeatureSchema>> = {
  classification: { 'predicted class': categorical, confidence: numeric, entropy: numeric },
  ranking: { 'first item': categorical, 'expected reward': numeric, entropy: numeric },
  regression: { prediction: numeric, 'interval width': numeric },
};

const rows: { readonly [K in PredictionKind]: (prediction: PredictionKinds[K]) => ParsedFeatures } = {
  classification: (probabilities) => {
    const { label, confidence } = topOf(probabilities);
    return { 'predicted class': label, confidence, entropy: entropyOf(Object.values(probabilities)) };
  },
  ranking: ({ item, score, chances }) => ({
    'first item': item,
    'expected reward': score,
    entropy: entropyOf(chances),
  }),
  regression: ({ value, lower, upper }) => ({ prediction: value, 'interval width': upper - lower }),
};

/** {@link FeatureDrift} over what a model answers. A change here, with none in the features, is the model's own: it has learned something, or lost it. */
export class PredictionDrift<K extends PredictionKind> extends FeatureDrift {
  readonly #kind: K;

  /** @throws INVALID_CONFIG */
  constructor(kind: K, options: FeatureDriftOptions = {}) {
    super(schemas[kind], options);
    this.#kind = kind;
  }

  /** See {@link FeatureDrift.update}. */
  updateOne(prediction: PredictionKinds[K]): boolean {
    return this.update(rows[this.#kind](prediction));
  }
}

/** Shannon's entropy in nats; null where there are no probabilities. */
export function entropyOf(probabilities: readonly number[]): number | null {
  if (probabilities.length === 0) return null;
  let sum = 0;
  for (const probability of probabilities) if (probability > 0) sum -= probability * Math.log(probability);
  return Math.max(0, sum);
}
