import { OutcomeBins, type OutcomeBinsState, type OutcomeSums } from './outcome-bins.ts';

/** Groups of about equal weight; as many as is usual. */
const GROUPS = 15;

export interface CalibrationReport {
  /** Decisions with a known outcome, decayed where there is a half-life. */
  readonly count: number;
  readonly meanConfidence: number;
  readonly accuracy: number;
  /** Expected calibration error over 15 groups of about equal size: mean |accuracy − confidence|. Above 0 by chance alone. */
  readonly expectedError: number;
  /** What {@link expectedError} would be on average if the model were calibrated. */
  readonly expectedErrorByChance: number;
  /** Root of the mean squared error without what chance adds (Kumar, Liang and Ma 2019, arXiv 1909.10155); 0 where it is not more than that. */
  readonly debiasedError: number;
  /** Mean squared distance of confidence and outcome: reliability − resolution + uncertainty + withinGroups. */
  readonly brier: number;
  /** What miscalibration costs. */
  readonly reliability: number;
  /** What telling sure decisions from unsure ones gains. */
  readonly resolution: number;
  /** Brier score of always saying the accuracy. */
  readonly uncertainty: number;
  /** What is left because confidences in a group differ (Stephenson, Coelho and Jolliffe 2008, doi 10.1175/2007WAF2006116.1). */
  readonly withinGroups: number;
}

/** How far confidences are from the share of right decisions, in bounded memory. */
export class CalibrationError {
  readonly #bins: OutcomeBins;

  /** @param halfLife outcomes after which one counts half; default: all count the same */
  constructor(halfLife = Infinity) {
    this.#bins = new OutcomeBins(halfLife);
  }

  /** @param confidence in [0, 1], of the decision, before its outcome was known */
  update(confidence: number, isRight: boolean): void {
    this.#bins.update(confidence, confidence, isRight ? 1 : 0);
  }

  /** Takes in what another one of the same half-life has seen. */
  merge(other: CalibrationError): void {
    this.#bins.merge(other.#bins);
  }

  /** Null before the first outcome. */
  report(): CalibrationReport | null {
    const total = this.#bins.total();
    if (total.weight === 0) return null;
    const groups = this.#bins.groups(GROUPS);
    const mean = (of: (group: OutcomeSums) => number): number =>
      groups.reduce((sum, group) => sum + group.weight * of(group), 0) / total.weight;
    const accuracy = total.y / total.weight;
    const reliability = mean((group) => gapOf(group) ** 2);
    const resolution = mean((group) => (group.y / group.weight - accuracy) ** 2);
    const uncertainty = accuracy * (1 - accuracy);
    const brier = (total.xx - 2 * total.xy + total.yy) / total.weight;
    return {
      count: total.weight,
      meanConfidence: total.x / total.weight,
      accuracy,
      expectedError: mean((group) => Math.abs(gapOf(group))),
      expectedErrorByChance: mean(gapByChance),
      debiasedError: Math.sqrt(
        Math.max(
          0,
          mean((group) => gapOf(group) ** 2 - varianceOfShare(group)),
        ),
      ),
      brier,
      reliability,
      resolution,
      uncertainty,
      withinGroups: mean(withinOf),
    };
  }

  /** Plain JSON. */
  state(): OutcomeBinsState {
    return this.#bins.state();
  }

  /** Goes on exactly. @param state of {@link state}, untrusted @throws CHECKPOINT_CORRUPT */
  restore(state: unknown): void {
    this.#bins.restore(state);
  }
}

function gapOf({ weight, x, y }: OutcomeSums): number {
  return (y - x) / weight;
}

/** Variance of the confidences of a group, less twice their covariance with the outcomes. */
function withinOf({ weight, x, y, xx, xy }: OutcomeSums): number {
  return (xx - (x * x) / weight - 2 * (xy - (x * y) / weight)) / weight;
}

/** Unbiased; a group of one decision is left as it is. */
function varianceOfShare(group: OutcomeSums): number {
  const share = group.y / group.weight;
  const worth = effectiveCount(group);
  return worth > 1 ? (share * (1 - share)) / (worth - 1) : 0;
}

/** Mean of |gap| of a calibrated group: that of a normal distribution. */
function gapByChance(group: OutcomeSums): number {
  const variance = Math.max(0, group.x - group.xx) / group.weight;
  return Math.sqrt((2 * variance) / (Math.PI * effectiveCount(group)));
}

/** How many equally weighted outcomes a group is worth (Kish 1965). */
export function effectiveCount({ weight, weightSquares }: Readonly<OutcomeSums>): number {
  return weightSquares > 0 ? (weight * weight) / weightSquares : 0;
}
