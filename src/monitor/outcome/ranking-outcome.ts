import * as v from 'valibot';
import type { Json } from '../../core/part-state.ts';
import { MeanInterval } from './mean-interval.ts';
import { logLossOf } from './loss-of-one.ts';
import { namedSums, type Named } from './named-sums.ts';
import { measuredMeans, type MeasuredMean, type OutcomeMetrics } from './outcome-metrics.ts';
import { invalidData, parseState } from './parse-state.ts';
import { ratio, WindowedSums, type Windowed, type WindowOptions } from './windowed-sums.ts';

/** What came of one item that the visitor saw. */
export interface ItemOutcome {
  /** 0 is the first; -1 where it had none. */
  readonly place: number;
  /** In [0, 1]. */
  readonly reward: number;
  /** Whether the visitor turned to it. */
  readonly chosen: boolean;
  /** Whether the visitor, having turned to it, got to its end; null where that is not known. */
  readonly completed: boolean | null;
  /** What the visitor said, in [0, 1]; null where nothing was said. */
  readonly satisfaction: number | null;
  /** Reward that was expected when the decision was taken, in [0, 1]; null where that is not known. */
  readonly predicted: number | null;
}

/** One decision once its signals are in: each decision is told once. */
export interface RankedDecision {
  /** Those that were seen; none where nothing was heard of the decision. */
  readonly items: readonly ItemOutcome[];
}

/** Numbers of one window of decisions. Rates and means are over the decisions that something was heard of. */
export interface RankingFigures {
  /** Decisions, each with what is left of its weight. */
  readonly count: number;
  /** Share of decisions that nothing was heard of, in [0, 1]. */
  readonly withoutFeedback: number | null;
  /** Rewards of a decision's items, added up. */
  readonly reward: number | null;
  /** Standard deviation of that between decisions. */
  readonly rewardDeviation: number | null;
  /** Share of decisions in which something was chosen, in [0, 1]. */
  readonly clickRate: number | null;
  /** Share of choices that were followed to the end, of those where that is known, in [0, 1]. */
  readonly completionRate: number | null;
  /** Of what was chosen; 0 is the first place. */
  readonly meanPlace: number | null;
  /** Mean of what visitors said, in [0, 1]. */
  readonly satisfaction: number | null;
  /** How often they said something, a decision. */
  readonly satisfactionRate: number | null;
  /** Mean over items of `-(r ln p + (1 - r) ln(1 - p))`, in nats. */
  readonly logLoss: number | null;
  /** Mean over items of `(p - r)²`, in [0, 1]. */
  readonly brier: number | null;
  /** Mean over items of `p - r`, in [-1, 1]: above 0 the model promises too much. */
  readonly bias: number | null;
}

export interface RankingSummary extends Windowed<RankingFigures> {
  readonly measures: { readonly reward: MeasuredMean; readonly clickRate: MeasuredMean };
}

const layout = namedSums([
  'heard',
  'reward',
  'rewardSquares',
  'clicked',
  'choices',
  'placed',
  'place',
  'completable',
  'completed',
  'opinions',
  'satisfaction',
  'predictions',
  'logLoss',
  'brier',
  'bias',
]);
type Sums = Named<typeof layout>;

const stateSchema = v.strictObject({ sums: v.unknown(), reward: v.unknown(), clickRate: v.unknown() });

/** What came of rankings. */
export class RankingOutcome implements OutcomeMetrics<RankedDecision, RankingSummary> {
  /** `reward`: of a decision, counted up to 1. */
  readonly measures = { reward: new MeanInterval(), clickRate: new MeanInterval() };
  readonly #sums: WindowedSums;

  /** @throws INVALID_CONFIG */
  constructor(windows: WindowOptions = {}) {
    this.#sums = new WindowedSums(layout, windows);
  }

  update({ items }: RankedDecision): void {
    items.forEach(requireValid);
    const sums = layout.zeros();
    for (const item of items) addItem(sums, item);
    sums.heard = Number(items.length > 0);
    sums.rewardSquares = sums.reward * sums.reward;
    sums.clicked = Number(sums.choices > 0);
    this.#sums.update(layout.record(sums));
    if (items.length === 0) return;
    this.measures.reward.update(Math.min(1, sums.reward));
    this.measures.clickRate.update(sums.clicked);
  }

  summary(): RankingSummary {
    return { ...this.#sums.map(figuresOf), measures: measuredMeans(this.measures) };
  }

  state(): Json {
    const { reward, clickRate } = this.measures;
    return { sums: this.#sums.state(), reward: reward.state(), clickRate: clickRate.state() };
  }

  restore(state: unknown): void {
    const { sums, reward, clickRate } = parseState(stateSchema, state, 'outcomes of a ranking');
    this.#sums.restore(sums);
    this.measures.reward.restore(reward);
    this.measures.clickRate.restore(clickRate);
  }
}

function requireValid({ place, reward, satisfaction, predicted }: ItemOutcome): void {
  if (!Number.isSafeInteger(place) || place < -1) throw invalidData(`there is no place ${place}`);
  for (const value of [reward, satisfaction ?? 0, predicted ?? 0]) {
    if (!(value >= 0 && value <= 1)) throw invalidData(`${value} is not in [0, 1]`);
  }
}

function addItem(sums: Sums, { place, reward, chosen, completed, satisfaction, predicted }: ItemOutcome): void {
  sums.reward += reward;
  if (chosen) addChoice(sums, place, completed);
  if (satisfaction !== null) {
    sums.opinions += 1;
    sums.satisfaction += satisfaction;
  }
  if (predicted === null) return;
  const probabilities = { brought: predicted, not: 1 - predicted };
  sums.predictions += 1;
  sums.logLoss += reward * logLossOf('brought', probabilities) + (1 - reward) * logLossOf('not', probabilities);
  sums.brier += (predicted - reward) ** 2;
  sums.bias += predicted - reward;
}

function addChoice(sums: Sums, place: number, completed: boolean | null): void {
  sums.choices += 1;
  if (place >= 0) {
    sums.placed += 1;
    sums.place += place;
  }
  if (completed === null) return;
  sums.completable += 1;
  sums.completed += Number(completed);
}

function figuresOf(values: Float64Array, count: number): RankingFigures {
  const sums = layout.read(values);
  return {
    count,
    withoutFeedback: ratio(count - sums.heard, count),
    reward: ratio(sums.reward, sums.heard),
    rewardDeviation: deviation(sums.reward, sums.rewardSquares, sums.heard),
    clickRate: ratio(sums.clicked, sums.heard),
    completionRate: ratio(sums.completed, sums.completable),
    meanPlace: ratio(sums.place, sums.placed),
    satisfaction: ratio(sums.satisfaction, sums.opinions),
    satisfactionRate: ratio(sums.opinions, sums.heard),
    logLoss: ratio(sums.logLoss, sums.predictions),
    brier: ratio(sums.brier, sums.predictions),
    bias: ratio(sums.bias, sums.predictions),
  };
}

function deviation(sum: number, squares: number, count: number): number | null {
  return count > 0 ? Math.sqrt(Math.max(0, squares / count - (sum / count) ** 2)) : null;
}
