import { TendrilError } from '../../errors.ts';
import { lowestPossible } from './lowest-possible.ts';
import { logRatioEvidence, logUpliftEvidence } from './uplift-evidence.ts';
import { defaultUpliftFloors, upliftRefusal, type UpliftFloors, type UpliftRefusal } from './uplift-refusal.ts';
import type { ArmSums, UpliftSums } from './uplift-sums.ts';

export interface UpliftOptions {
  /** Of decisions that keep the host's order, drawn at random for each, whatever visitor or context. In (0, 1); default 0.05. */
  readonly share?: number;
  /** Of the confidence sequences; default 0.95. */
  readonly level?: number;
  readonly floors?: Partial<UpliftFloors>;
}

interface UpliftInterval {
  readonly lower: number;
  readonly upper: number;
}

interface UpliftBasis {
  readonly hostDecisions: number;
  readonly modelDecisions: number;
  /** Decisions of an experiment with two equal arms that would say as much. */
  readonly effectiveSamples: number;
  readonly level: number;
  /** Of the mean uplift so far, valid at every time at once. */
  readonly interval: UpliftInterval;
}

/**
 * What the model's order brings more than the host's, a decision; or the reason why there is no value to act on. The interval holds either way; of decisions that
 * were not drawn as declared nothing is known.
 */
export type UpliftEstimate =
  | (UpliftBasis & {
      readonly status: 'estimated';
      readonly value: number;
      readonly hostMean: number;
      readonly modelMean: number;
      /**
       * The model's mean reward divided by the host's, minus 1, with a confidence sequence of its own; null where the host's is 0, and where nothing bounds
       * it above.
       */
      readonly relative: { readonly value: number | null; readonly lower: number; readonly upper: number | null };
    })
  | (UpliftBasis & { readonly status: 'refused'; readonly refusal: UpliftRefusal });

/** Of one device's sums, or of a fleet's. @throws INVALID_CONFIG for a share or a level outside (0, 1) */
export function estimateUplift(sums: UpliftSums, options: UpliftOptions = {}): UpliftEstimate {
  const { share = 0.05, level = 0.95, floors = {} } = options;
  checkUpliftOptions({ share, level });
  const { host, model } = sums;
  const all = host.count + model.count;
  const basis = {
    hostDecisions: host.count,
    modelDecisions: model.count,
    effectiveSamples: all === 0 ? 0 : (4 * host.count * model.count) / all,
    level,
  };
  const refusal = upliftRefusal(sums, share, { ...defaultUpliftFloors, ...floors });
  const interval =
    refusal?.reason === 'share-wrong' ? { lower: -1, upper: 1 } : upliftInterval(sums, share, (1 - level) / 2);
  if (refusal) return { status: 'refused', ...basis, interval, refusal };
  const [hostMean, modelMean] = [meanOf(host), meanOf(model)];
  const relative = {
    value: hostMean > 0 ? modelMean / hostMean - 1 : null,
    ...relativeInterval(sums, share, (1 - level) / 2),
  };
  return { status: 'estimated', ...basis, interval, value: modelMean - hostMean, hostMean, modelMean, relative };
}

/** @throws INVALID_CONFIG */
export function checkUpliftOptions({ share = 0.05, level = 0.95 }: UpliftOptions): void {
  if (!(share > 0 && share < 1)) throw invalid(`share ${share} is not between 0 and 1`);
  if (!(level > 0 && level < 1)) throw invalid(`level ${level} is not between 0 and 1`);
}

function upliftInterval(sums: UpliftSums, share: number, alpha: number): UpliftInterval {
  const lower = lowestPossible((uplift) => logUpliftEvidence(uplift, 1, sums, share), alpha, [-1, 1]);
  const upper = -lowestPossible((uplift) => logUpliftEvidence(-uplift, -1, sums, share), alpha, [-1, 1]);
  return { lower, upper };
}

/** Ratios beyond e^±12 are not looked at. */
const LOG_RATIOS = 12;

function relativeInterval(sums: UpliftSums, share: number, alpha: number): { lower: number; upper: number | null } {
  const range = [-LOG_RATIOS, LOG_RATIOS] as const;
  const lower = lowestPossible((log) => logRatioEvidence(Math.exp(log), 1, sums, share), alpha, range);
  const upper = -lowestPossible((log) => logRatioEvidence(Math.exp(-log), -1, sums, share), alpha, range);
  return {
    lower: lower <= -LOG_RATIOS ? -1 : Math.expm1(lower),
    upper: upper >= LOG_RATIOS ? null : Math.expm1(upper),
  };
}

function meanOf({ count, rewards }: ArmSums): number {
  return rewards / count;
}

function invalid(reason: string): TendrilError {
  return new TendrilError('INVALID_CONFIG', { reason });
}
