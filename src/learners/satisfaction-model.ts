import { canonicalJson, murmur3 } from '../core/hashing.ts';
import type { PartState } from '../core/part-state.ts';
import { TendrilError } from '../errors.ts';
import { SatisfactionFeatures, type ImplicitSignals } from './satisfaction-features.ts';
import { OnlineLogisticRegression } from './satisfaction-regression.ts';
import { ConcordanceComparison } from './satisfaction-validation.ts';

/** The formula that stands until the model is better; a `RewardFormula` is one. */
export interface DeclaredReward {
  readonly formulaVersion: string;
  /** In [0, 1]. */
  reward(signals: ImplicitSignals): number;
}

export interface SatisfactionOptions {
  /** Names of the signals to learn from, 1 to 64. */
  readonly signals: readonly string[];
  readonly formula: DeclaredReward;
  /** Labels below which the formula stands whatever the model says; default 50. */
  readonly minLabels?: number;
}

/** A reward for one visit, and where it comes from. */
export interface SatisfactionEstimate {
  /** In [0, 1]: what to use. */
  readonly reward: number;
  readonly source: 'formula' | 'learned';
  readonly formula: number;
  /** The model's own prediction and its standard error, used or not. */
  readonly learned: number;
  readonly standardError: number;
  readonly labels: number;
}

const MAX_SIGNALS = 64;

/** Standard errors that the model must be better by, so that a formula that is right is seldom left by chance. */
const CERTAINTY = 1.5;

/**
 * Prior variances of the weights. The formula's log odds start at weight 1: before the first label the model orders visits as the formula does,
 * and each signal has to earn its part.
 */
const PRIOR = { intercept: 1, formula: 0.5, signal: 0.25, missing: 0.1 };

/**
 * Predicts satisfaction (thumbs as 0 and 1, stars scaled to [0, 1]) from implicit signals, learned from the visits that had explicit feedback. The
 * declared formula stands while there are too few labels, and while the model does not order labels that it has not learned yet better than the
 * formula by one and a half standard errors; once in use it is, until it is worse.
 */
export class SatisfactionModel {
  readonly #options: Required<SatisfactionOptions>;
  readonly #features: SatisfactionFeatures;
  readonly #regression: OnlineLogisticRegression;
  readonly #comparison = new ConcordanceComparison();
  readonly #input: Float64Array<ArrayBuffer>;
  #labels = 0;
  #digest: number;
  #inUse = false;

  /** @throws INVALID_CONFIG */
  constructor({ signals, formula, minLabels = 50 }: SatisfactionOptions) {
    if (signals.length < 1 || signals.length > MAX_SIGNALS || new Set(signals).size !== signals.length) {
      throw new TendrilError('INVALID_CONFIG', {
        reason: `satisfaction is learned from 1 to ${MAX_SIGNALS} signals, each named once`,
      });
    }
    if (!(Number.isInteger(minLabels) && minLabels >= 1)) {
      throw new TendrilError('INVALID_CONFIG', { reason: `minLabels ${minLabels} is not a whole number from 1` });
    }
    this.#options = { signals, formula, minLabels };
    this.#features = new SatisfactionFeatures([...signals].sort());
    this.#input = new Float64Array(this.#features.size);
    this.#regression = freshRegression(this.#features.size);
    this.#digest = murmur3(canonicalJson([formula.formulaVersion, this.#features.signals, minLabels]));
  }

  /** `<formula version>.<labels learned>.<hash of all visits taken in, in order>`: equal for the same formula and visits only. */
  get rewardVersion(): string {
    const digest = this.#digest.toString(16).padStart(8, '0');
    return `${this.#options.formula.formulaVersion}.${this.#labels}.${digest}`;
  }

  predictOne(signals: ImplicitSignals): SatisfactionEstimate {
    const formula = this.#options.formula.reward(signals);
    this.#features.write(signals, formula, this.#input);
    const { probability: learned, standardError } = this.#regression.predict(this.#input);
    const source = this.#inUse ? 'learned' : 'formula';
    return { reward: this.#inUse ? learned : formula, source, formula, learned, standardError, labels: this.#labels };
  }

  /** A visit without explicit feedback: only the spread of its signals is learned. */
  observe(signals: ImplicitSignals): void {
    this.#features.observe(signals);
    this.#digest = murmur3(canonicalJson(['observed', signals]), this.#digest);
  }

  /**
   * A visit with explicit feedback.
   * @param satisfaction in [0, 1] @param weight above 0 and at most 100; 1 is an ordinary label
   * @throws INVALID_FEEDBACK; nothing is learned then
   */
  learnOne(signals: ImplicitSignals, satisfaction: number, weight = 1): void {
    if (!(satisfaction >= 0 && satisfaction <= 1)) {
      throw new TendrilError('INVALID_FEEDBACK', { reason: `satisfaction ${satisfaction} is not in [0, 1]` });
    }
    if (!(weight > 0 && weight <= 100)) {
      throw new TendrilError('INVALID_FEEDBACK', { reason: `weight ${weight} is not in (0, 100]` });
    }
    const { formula, learned } = this.predictOne(signals);
    this.#comparison.update(satisfaction, formula, learned);
    this.#features.observe(signals);
    this.#features.write(signals, formula, this.#input);
    this.#regression.learn(this.#input, satisfaction, weight);
    this.#labels++;
    this.#digest = murmur3(canonicalJson(['learned', signals, satisfaction, weight]), this.#digest);
    this.#decide();
  }

  #decide(): void {
    const surplus = this.#comparison.surplus();
    const enough = this.#labels >= this.#options.minLabels;
    this.#inUse = enough && (this.#inUse ? surplus >= 0 : surplus > CERTAINTY * this.#comparison.standardError());
  }

  /** Weight of each signal in the learned model, in log odds a standard deviation, and of the formula's own log odds under `formula`. */
  explain(): { readonly formula: number; readonly signals: Readonly<Record<string, number>> } {
    const weights = this.#regression.weights();
    const entries = this.#features.signals.map((name, index) => [name, weights[2 + 2 * index]!] as const);
    return { formula: weights[1]!, signals: Object.fromEntries(entries) };
  }

  state(): PartState {
    return {
      tensors: {
        moments: this.#features.state(),
        weights: this.#regression.weights(),
        covariance: this.#regression.covariance(),
        comparison: this.#comparison.state(),
      },
      values: {
        formulaVersion: this.#options.formula.formulaVersion,
        signals: [...this.#features.signals],
        labels: this.#labels,
        digest: this.#digest,
        inUse: this.#inUse,
      },
    };
  }

  /** Continues exactly. @throws CHECKPOINT_CORRUPT for a damaged state, CHECKPOINT_INCOMPATIBLE for one of another formula or other signals */
  restore(state: PartState): void {
    const { formulaVersion, signals, labels, digest, inUse } = state.values;
    if (formulaVersion !== this.#options.formula.formulaVersion)
      throw incompatible('the reward formula is another one');
    if (canonicalJson(signals) !== canonicalJson(this.#features.signals)) throw incompatible('the signals are others');
    if (!isCount(labels) || !isCount(digest) || typeof inUse !== 'boolean') throw corrupt('its values are damaged');
    const size = this.#features.size;
    const moments = tensorOf(state, 'moments', 3 * this.#features.signals.length);
    if (moments.some((one, index) => index % 3 !== 1 && one < 0)) throw corrupt('"moments" is damaged');
    const weights = tensorOf(state, 'weights', size);
    const covariance = tensorOf(state, 'covariance', size * size);
    const comparison = tensorOf(state, 'comparison', ConcordanceComparison.stateSize);
    this.#features.restore(moments);
    this.#regression.restore(weights, covariance);
    this.#comparison.restore(comparison);
    [this.#labels, this.#digest, this.#inUse] = [labels, digest, inUse];
  }
}

function freshRegression(size: number): OnlineLogisticRegression {
  const mean = new Float64Array(size);
  mean[1] = 1;
  const variance = Float64Array.from({ length: size }, (_, i) => (i % 2 === 0 ? PRIOR.signal : PRIOR.missing));
  variance[0] = PRIOR.intercept;
  variance[1] = PRIOR.formula;
  return new OnlineLogisticRegression(mean, variance);
}

function tensorOf(state: PartState, name: string, length: number): Float64Array {
  const tensor = state.tensors[name];
  if (!(tensor instanceof Float64Array) || tensor.length !== length || !tensor.every((one) => Number.isFinite(one))) {
    throw corrupt(`"${name}" is damaged`);
  }
  return tensor;
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function corrupt(reason: string): TendrilError {
  return new TendrilError('CHECKPOINT_CORRUPT', { reason: `satisfaction model: ${reason}` });
}

function incompatible(reason: string): TendrilError {
  return new TendrilError('CHECKPOINT_INCOMPATIBLE', { reason });
}
