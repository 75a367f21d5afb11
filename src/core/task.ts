/** What a page declares and passes: tasks, their typed schemas, and feature values. Types only; `src/learners` parses them. */

import type { Json } from './part-state.ts';

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
  /**
   * Units of the hidden layer of a network beside the other models; 0 for none. Default: a network of 100 for the classification of vectors, one of 32
   * under `neural-thompson-sampling`, none for everything else.
   */
  readonly hiddenSize?: number;
  /** Buckets of the hashed block (categorical, multi-hot, text and crossed features): a power of two. */
  readonly hashSize?: number;
  readonly learningRate?: number;
  /** Replayed experiences beside each new one. */
  readonly replaySize?: number;
  /** Experiences that the replay buffer refers to. */
  readonly replayCapacity?: number;
  /**
   * How the task's network, where it has one, keeps what it learned; another than the one that a stored model learned with starts without its memory.
   * Default: experience replay, for classification with the better parts of ER-ACE and DER++.
   */
  readonly strategy?: ContinualStrategyName;
  /**
   * Whether a ranking keeps what recurs: tastes that follow the time of the day or the week, and regimes that come and go. Default `on`; not with
   * `neural-thompson-sampling`, whose features change their meaning as they are trained.
   */
  readonly memory?: 'on' | 'off';
}

/**
 * Strategies of the literature against forgetting: experience replay, ER-ACE, DER++, GDumb (all from a buffer of earlier experiences), and online EWC, which
 * keeps no experiences but holds the weights that earlier answers hang on.
 */
export type ContinualStrategyName = 'er' | 'er-ace' | 'der++' | 'gdumb' | 'ewc';

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
  /** What is kept of what was seen. */
  readonly memory?: MemoryOptions;
  /** When what arrives is learned, and what may be used for that. */
  readonly learning?: LearningDeclaration;
  /** How a new version comes to serve, and when it is gone back from. */
  readonly versions?: VersionOptions;
  /** What is watched of how the task does, and when that is worth an alert. */
  readonly monitor?: MonitorOptions;
  /**
   * A version answers only when a person has approved it; until then every decision of the task is a person's. Classification, ranking and regression.
   */
  readonly regulated?: boolean;
  /** Decisions that the model is not sure of are left to the page, and wait for a person. Classification, ranking and regression. */
  readonly review?: ReviewOptions;
}

/** Everything is watched on the device, by the tab that learns. */
export interface MonitorOptions {
  /** Nothing is watched and nothing is kept. Default false. */
  readonly off?: boolean;
  /** Categorical features of the input, or of a ranking's context, by whose values outcomes are told apart; at most 4. */
  readonly segments?: readonly string[];
  /** Last outcomes that have figures of their own, 0 to 300; default 100. */
  readonly window?: number;
  /** Outcomes after which one counts half in the figures of lately; default 200. */
  readonly halfLife?: number;
  /** By metric: at which value an alert is raised and at which it is cleared again, instead of the default; or that there is none. */
  readonly alerts?: Readonly<Partial<Record<AlertMetric, AlertLimits | 'off'>>>;
}

/** Raised above where `raise` is above `clear`, otherwise below; between the two nothing changes. */
export interface AlertLimits {
  readonly raise: number;
  readonly clear: number;
  /** Looks in a row that it takes, to raise and to clear; default 3. */
  readonly looks?: number;
  /** Least time between two raises; default one hour. */
  readonly coolDownMs?: number;
}

/**
 * `errorRise` and `rewardFall`: by how many standard errors it has got worse lately; `latencyP95Ms` in ms; `queueMean` in calls; `popularityLift` as a part;
 * `miscalibration` in nats; all others in [0, 1].
 */
export type AlertMetric =
  | 'errorRise'
  | 'rewardFall'
  | 'calibrationError'
  | 'rewardBias'
  | 'coverage'
  | 'withoutFeedback'
  | 'segmentGap'
  | 'itemShare'
  | 'topicShare'
  | 'exposureGini'
  | 'popularityLift'
  | 'miscalibration'
  | 'latencyP95Ms'
  | 'queueMean'
  | 'fallbackShare'
  | 'storageShare';

/** When a decision abstains, and what becomes of what a reviewer says. */
export interface ReviewOptions {
  /**
   * Least confidence, in [0, 1]; default 0.8. Of a classification the probability of the best class, of a ranking the chance that its best candidate is the
   * best one as far as the model can know; both are 0 where there are not two to choose from.
   */
  readonly minConfidence?: number;
  /** Least lead of the best answer over the second, in the same unit; default 0. */
  readonly minMargin?: number;
  /**
   * Of a ranking: how much more reward another candidate may bring, in [0, 1], before the best one counts as wrong; default 0. Where several are equally
   * good nobody can say which is best, and nobody needs to.
   */
  readonly tolerance?: number;
  /** Of a regression, in the place of the two above: the widest interval that counts as sure, in the unit of the number. Default: any. */
  readonly maxWidth?: number;
  /**
   * Experiences that the model has to have learned before it decides anything, however sure it is: one that has seen one class is sure of it. Default 30; a
   * model from the registry has learned elsewhere.
   */
  readonly minLearned?: number;
  /**
   * Share of the decisions that are made which a person looks at afterwards; default 0.05. Without any, a model that is wrong and sure of it would never hear
   * of it.
   */
  readonly sample?: number;
  /** Whether reviews may go to the registry's reviewers; each visitor has to agree to it as well (`tendril.review.share`). Default false. */
  readonly remote?: boolean;
  /** How much a reviewer's word counts, where a visitor's counts 1; default 5, at most 100. */
  readonly weight?: number;
  /** Reviews that wait at most; beyond that the oldest are withdrawn. Default 200. */
  readonly queueLimit?: number;
  /** Days after which a review that nobody has settled is withdrawn; default 30. */
  readonly expireAfterDays?: number;
}

/**
 * What is asked for by call (`tendril.checkpoint`) is learned whatever stands here. Everything else also waits while nobody can see a page of this origin that
 * is served, in any tab, beginning five seconds after the last one was hidden; while the device is under load it is learned in small pieces, two seconds apart. What waits is stored, and is
 * learned when that is over, at the latest at the next visit.
 */
export interface LearningDeclaration {
  /** `arrived` (default): as soon as there is something; `idle`: when nobody asks for anything; `asked`: by call alone. */
  readonly when?: 'arrived' | 'idle' | 'asked';
  /** Experiences that must wait before what arrives is learned; default 1. In idle time fewer will do. */
  readonly every?: number;
  /** Minutes after which what waits is learned, however little. */
  readonly everyMinutes?: number;
  /** Whether a drift alarm has what waits learned at once; default true. */
  readonly onDrift?: boolean;
  /** Charge in [0, 1] below which a device that does not charge does not learn, where the browser tells the charge; default 0.15. */
  readonly minBattery?: number;
  /** Seconds of learning a day; default no limit. */
  readonly maxSecondsPerDay?: number;
}

/** Of a classification: this input has this label. Of a ranking: one candidate is worth no less than another. Of a regression: the number lies between these. */
export type VersionAssertion =
  | { readonly name: string; readonly input: Features; readonly label: string }
  | { readonly name: string; readonly context?: Features; readonly better: Features; readonly worse: Features }
  | { readonly name: string; readonly input: Features; readonly atLeast?: number; readonly atMost?: number };

/** Learning makes a challenger; the champion serves. */
export interface VersionOptions {
  /**
   * `gated` (default): a challenger serves when it is found better than the champion, on experiences that neither had learned. `continuous`: what was just
   * learned serves at once; earlier versions are kept, and gone back to when they are found better. Forecasting and retrieval are always continuous:
   * what they answer with is what came last.
   */
  readonly promotion?: 'gated' | 'continuous';
  /**
   * Chance, at most, that a challenger which is no better is ever found better; default 0.05. Of a ranking: that one which is worse by 0.02 of its loss is ever taken
   * for one that is not, because what the champion shows says little about what the challenger has learned of everything else. A champion that has learned
   * little asks for less.
   */
  readonly alpha?: number;
  /** Experiences, on average at least, until a champion that is no worse than an earlier one is gone back from; default 10,000. */
  readonly averageRunLength?: number;
  /**
   * Of a ranking: whether every decision is also made by the challenger, unseen, and logged, so that the gate can compare what the two put first. It takes a second
   * look at the candidates; default false.
   */
  readonly shadow?: boolean;
  /** What every version must hold to, whatever was learned. */
  readonly assertions?: readonly VersionAssertion[];
  /** Bytes of versions that are kept, the oldest are dropped first; default 20 MB. What serves and what it is compared with stays. */
  readonly maxBytes?: number;
}

/** How long and how much is kept on the device. What was learned stays; long-term memory keeps what it has made of the episodes. */
export interface MemoryOptions {
  /** Days after which an episode is dropped; default 365. */
  readonly maxAgeDays?: number;
  /** Bytes of episodes, the oldest are dropped first; default 50 MB. */
  readonly maxBytes?: number;
}

/** How signals are joined to decisions. */
export interface FeedbackOptions {
  /** Seconds after its decision that a signal of a type still counts. */
  readonly windows?: Readonly<Record<string, number>>;
  /** Seconds after the last signal of an item at which its reward is settled, where the reward reads what may still grow; default 30. */
  readonly settleAfter?: number;
}

export interface ComparisonOptions {
  /** Share of decisions, drawn at random, that keep the page's own order; default 0.05. */
  readonly share?: number;
  /**
   * Whether the page's own order stands until the model has shown that it would do as well: that it puts first what the page puts first in a share of `match`
   * (default 0.75) of decisions, or that it puts what was chosen higher than the page does. Default false.
   */
  readonly apprentice?: boolean;
  readonly match?: number;
}

/** Of all that stands in the first places (`exploration.slots`), decaying with a half-life of 200 decisions. */
export interface GuardOptions {
  /** Largest share of one item, in (0, 1]. */
  readonly itemShare?: number;
  /** Largest share of one topic, and the candidate's categorical or multi-hot feature that says what its topics are. */
  readonly topicShare?: number;
  readonly topic?: string;
}

/** A contextual bandit: context and candidates in, an ordering with propensities out, reward in. */
export interface RankingTask extends TaskCommon {
  readonly kind: 'ranking';
  readonly schema: { readonly context?: FeatureSchemaInput; readonly candidate: FeatureSchemaInput };
  readonly exploration?: {
    /** How the first places are filled; default `thompson-sampling`, and `epsilon-greedy` where an `epsilon` is given. */
    readonly policy?: ExplorationPolicy;
    /** For `epsilon-greedy`: chance, for each explored place, of a candidate drawn uniformly; default 0.1. */
    readonly epsilon?: number;
    /** Places that explore; the rest follows the model's order. Default 10. */
    readonly slots?: number;
    /**
     * Chance that an explored place is drawn uniformly whatever the policy wants: what keeps every other policy evaluable. One that is declared stays;
     * the default is 0.01 at first and falls with the square root of what was learned, to 0.001 at the least.
     */
    readonly floor?: number;
    /** Share of the best expected reward that exploration may give up in the long run, as the model estimates it; default 0.05. */
    readonly maxCost?: number;
  };
  /** How it is found out whether the model's order is better than the page's. */
  readonly comparison?: ComparisonOptions;
  /** What keeps a feedback loop from showing the same again and again; default none. */
  readonly guard?: GuardOptions;
  /** How a reward is made where feedback carries signals. */
  readonly reward?: {
    /** Plain JSON: see `RewardFormula`. Its version is kept with every reward. */
    readonly formula: Json;
    /**
     * Learn from explicit feedback (`satisfaction`) what the signals mean; the formula stands until that is measurably better. Default true.
     */
    readonly learned?: boolean;
    /** How much the satisfaction that a candidate is expected to bring counts in its order, in [0, 1]; default 0. */
    readonly rerank?: number;
  };
  readonly feedback?: FeedbackOptions;
  /** Holds as declared: whether a reward was to be expected says nothing about its source. */
  readonly sources?: DeclaredSources;
}

/**
 * Sources of feedback, by the name that comes with it (`source`; the visitor's is `visitor`), to the share of their labels that is expected to be
 * right, in (0, 1); 0.7 for others. Feedback counts by how much more its source is right than a coin, compared with the best source.
 */
export type DeclaredSources = Readonly<Record<string, number>>;

export type ExplorationPolicy =
  'greedy' | 'epsilon-greedy' | 'lin-ucb' | 'thompson-sampling' | 'neural-thompson-sampling' | 'square-cb';

/** Input in, probabilities out, label or correction in. New classes may appear at any time. */
export interface ClassificationTask extends TaskCommon {
  readonly kind: 'classification';
  readonly schema: { readonly input: FeatureSchemaInput };
  /** Classes known from the start. */
  readonly classes?: readonly string[];
  /**
   * Whether the true label is usually known before the next prediction is asked for. Then, and only then, the last labels are of help. Default `immediate`.
   */
  readonly labels?: 'immediate' | 'delayed';
  /** What is declared here is a first belief: it is learned on by how often a source agrees with what the model is sure of. */
  readonly sources?: DeclaredSources;
}

/** Input in, a number with an interval out; the true number in. */
export interface RegressionTask extends TaskCommon {
  readonly kind: 'regression';
  readonly schema: { readonly input: FeatureSchemaInput };
  /** Share of true values that the interval shall hold, in (0, 1); default 0.9. */
  readonly coverage?: number;
  /**
   * Whether the true value is usually known before the next prediction is asked for. Then, and only then, the last values are of help. Default `delayed`.
   */
  readonly labels?: 'immediate' | 'delayed';
}

/** Values of a series in, the values of the next steps with intervals out. */
export interface ForecastingTask extends TaskCommon {
  readonly kind: 'forecasting';
  /** Numbers that are known for a step before its value is, e.g. a price or a holiday flag; at most 16. */
  readonly schema?: { readonly observation?: FeatureSchemaInput };
  /** Steps ahead, 1 to 64. */
  readonly horizon: number;
  /** How many of the last values a forecast looks at, 1 to 24; default 6. */
  readonly lags?: number;
  /** Steps after which the series is like itself, or two such numbers, e.g. [24, 168] for hours with days and weeks. */
  readonly season?: number | readonly number[];
  readonly coverage?: number;
}

/** A query in, the nearest items out; knowledge is added, confirmed and corrected without weights. */
export interface RetrievalTask extends TaskCommon {
  readonly kind: 'retrieval';
  /**
   * Where vectors come from. `hashing`: made here from text. `page`: the page gives a vector with every item and query, made by the model of this
   * name and version; vectors of different spaces are never compared.
   */
  readonly embedding?:
    | { readonly type: 'hashing' }
    | { readonly type: 'page'; readonly name: string; readonly version: string; readonly size: number };
}

export type TaskDeclaration = RankingTask | ClassificationTask | RegressionTask | ForecastingTask | RetrievalTask;

export interface Candidate {
  readonly id: string;
  readonly features: Features;
}
