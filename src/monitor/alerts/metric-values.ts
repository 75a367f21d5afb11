import type { ExposureSummary } from '../exposure/exposure-book.ts';
import type { OperationSummary } from '../operation/operation-metrics.ts';
import type { ClassificationSummary } from '../outcome/classification-outcome.ts';
import type { OutcomeGap } from '../outcome/outcome-gap.ts';
import type { RankingSummary } from '../outcome/ranking-outcome.ts';
import type { RegressionSummary } from '../outcome/regression-outcome.ts';
import type { AlertScope } from './alert.ts';
import type { MetricValue } from './alert-book.ts';

/** Of figures of fewer observations nothing is said. */
const LEAST = 50;

type Values = Readonly<Record<string, number | null>>;

function metricValues(scope: AlertScope, values: Values): MetricValue[] {
  return Object.entries(values).map(([metric, value]) => ({ ...scope, metric, value }));
}

const absolute = (value: number | null): number | null => value && Math.abs(value);

/**
 * By how many standard errors the higher of two means is above the other, one of them over all time and one over lately. The weight of a decaying window
 * stands for its observations, of which it is worth about twice as many: labels come in runs, and a figure that is looked at all the time has many chances to
 * be far off.
 */
function excess(higher: number | null, lower: number | null, deviation: number | null, weight: number): number | null {
  if (weight < LEAST || higher === null || lower === null || deviation === null) return null;
  return deviation > 0 ? ((higher - lower) * Math.sqrt(weight)) / deviation : 0;
}

/** `errorRise` in standard errors; `calibrationError` in [0, 1]. */
export function classificationValues(scope: AlertScope, { total, decaying }: ClassificationSummary): MetricValue[] {
  const { accuracy } = total;
  const deviation = accuracy === null ? null : Math.sqrt(accuracy * (1 - accuracy));
  return metricValues(scope, {
    errorRise: excess(accuracy, decaying.accuracy, deviation, decaying.count),
    calibrationError: decaying.count < LEAST ? null : decaying.calibrationError,
  });
}

/** `rewardFall` in standard errors; `rewardBias`, the mean of expected − actual reward without its sign, and `withoutFeedback` in [0, 1]. */
export function rankingValues(scope: AlertScope, { total, decaying }: RankingSummary): MetricValue[] {
  const heard = decaying.count * (1 - (decaying.withoutFeedback ?? 1));
  return metricValues(scope, {
    rewardFall: excess(total.reward, decaying.reward, total.rewardDeviation, heard),
    rewardBias: heard < LEAST ? null : absolute(decaying.bias),
    withoutFeedback: decaying.count < LEAST ? null : decaying.withoutFeedback,
  });
}

/** `errorRise` of absolute errors, in standard errors; `coverage` in [0, 1]. */
export function regressionValues(scope: AlertScope, { total, decaying }: RegressionSummary): MetricValue[] {
  const { meanAbsoluteError: mean, rootMeanSquaredError: root } = total;
  const deviation = mean === null || root === null ? null : Math.sqrt(Math.max(0, root * root - mean * mean));
  return metricValues(scope, {
    errorRise: excess(decaying.meanAbsoluteError, mean, deviation, decaying.count),
    coverage: decaying.count < LEAST ? null : decaying.coverage,
  });
}

/** `segmentGap` in [0, 1]: how large the difference is at least, by its confidence sequence; the segment names both, and the measure. */
export function gapValues(taskId: string, gaps: readonly OutcomeGap[]): MetricValue[] {
  return gaps.flatMap((gap) => {
    if (gap.status === 'refused') return [];
    const { lower, upper } = gap.differenceInterval;
    const segment = `${gap.measure}: ${gap.segments.join(' / ')}`;
    return [{ taskId, segment, metric: 'segmentGap', value: Math.max(0, lower, -upper) }];
  });
}

/** `latencyP95Ms`, `queueMean` in calls, `fallbackShare` and `storageShare` in [0, 1]; all lately. */
export function operationValues(
  scope: AlertScope,
  { prediction, queue, fallback, storage }: OperationSummary,
): MetricValue[] {
  return metricValues(scope, {
    latencyP95Ms: prediction.decaying.count < LEAST ? null : prediction.decaying.p95Ms,
    queueMean: queue.mean.decaying,
    fallbackShare: fallback.decaying.count < LEAST ? null : fallback.decaying.share,
    storageShare: storage?.share ?? null,
  });
}

/** `itemShare` and `topicShare`, the largest ones, and `exposureGini` in [0, 1]; `popularityLift` as a part; `miscalibration` in nats. */
export function exposureValues(scope: AlertScope, summary: ExposureSummary): MetricValue[] {
  const enough = summary.exposures >= LEAST;
  return metricValues(scope, {
    itemShare: enough ? (summary.items.top[0]?.share ?? null) : null,
    topicShare: enough ? (summary.topics.top[0]?.share ?? null) : null,
    exposureGini: enough ? summary.items.gini : null,
    popularityLift: enough ? summary.popularityLift : null,
    miscalibration: enough ? summary.miscalibration : null,
  });
}
