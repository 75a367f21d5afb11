/** What a page declares and passes: tasks, their typed schemas, and feature values. Types only; `src/learners` parses them. */

/** `numeric`: a finite number. `categorical`: a string, number or boolean. `text`: a string. `multi-hot`: strings. `embedding`: numbers of a fixed size. */
export type FeatureDeclaration =
  | { readonly type: 'numeric' }
  | { readonly type: 'categorical' }
  | { readonly type: 'text' }
  | { readonly type: 'multi-hot' }
  | { readonly type: 'embedding'; readonly size: number };

/** Feature name to its declaration; the short form `'numeric'` stands for `{ type: 'numeric' }`. */
export type FeatureSchema = Readonly<Record<string, FeatureDeclaration>>;
export type FeatureSchemaInput = Readonly<
  Record<string, FeatureDeclaration | Exclude<FeatureDeclaration['type'], 'embedding'>>
>;

/** `null`, `undefined` and an absent name all mean: not known. */
export type FeatureValue = number | string | boolean | readonly string[] | readonly number[] | null | undefined;
export type Features = Readonly<Record<string, FeatureValue>>;

/** A feature value after parsing: of its declared type, or null where it is not known. Categories are strings. */
export type ParsedValue = number | string | readonly string[] | readonly number[] | null;
export type ParsedFeatures = Readonly<Record<string, ParsedValue>>;

/** Settings that have good defaults; see docs/architecture.md. */
export interface LearnerOptions {
  /** Units of the hidden layer; 0 for a linear model. */
  readonly hiddenSize?: number;
  /** Buckets of the hashed block (categorical, multi-hot, text and crossed features): a power of two. */
  readonly hashSize?: number;
  readonly learningRate?: number;
  /** Replayed experiences beside each new one. */
  readonly replaySize?: number;
  /** Experiences that the replay buffer refers to. */
  readonly replayCapacity?: number;
}

interface TaskCommon {
  /** Lower-case letters, digits, `.`, `_`, `-`; at most 100. Also the name of the registered model. */
  readonly id: string;
  /** Seed of everything random in this task; default 1. */
  readonly seed?: number;
  readonly learner?: LearnerOptions;
  /**
   * What happens when the schema differs from the one last used on this device: `refuse` (default) answers SCHEMA_CHANGED and leaves
   * the stored model alone; `start-fresh` starts a new model and keeps the old one beside it.
   */
  readonly onSchemaChange?: 'refuse' | 'start-fresh';
}

/** A contextual bandit: context and candidates in, an ordering with propensities out, reward in. */
export interface RankingTask extends TaskCommon {
  readonly kind: 'ranking';
  readonly schema: { readonly context?: FeatureSchemaInput; readonly candidate: FeatureSchemaInput };
  readonly exploration?: {
    /** Chance, for each of the first `slots` positions, that it goes to a candidate drawn uniformly; default 0.1. */
    readonly epsilon?: number;
    /** Positions that explore; the rest follows the model's order. Default 10. */
    readonly slots?: number;
  };
}

/** Input in, probabilities out, label or correction in. New classes may appear at any time. */
export interface ClassificationTask extends TaskCommon {
  readonly kind: 'classification';
  readonly schema: { readonly input: FeatureSchemaInput };
  /** Classes known from the start. */
  readonly classes?: readonly string[];
}

export type TaskDeclaration = RankingTask | ClassificationTask;

export interface Candidate {
  readonly id: string;
  readonly features: Features;
}
