import type { MetricValue } from '../../monitor/alerts/alert-book.ts';
import {
  classificationValues,
  exposureValues,
  gapValues,
  operationValues,
  rankingValues,
  regressionValues,
} from '../../monitor/alerts/metric-values.ts';
import type { ExposureSummary } from '../../monitor/exposure/exposure-book.ts';
import type { FallbackFigures } from '../../monitor/operation/fallback-share.ts';
import type { OperationMetrics } from '../../monitor/operation/operation-metrics.ts';
import type { ClassificationSummary } from '../../monitor/outcome/classification-outcome.ts';
import type { RankingSummary } from '../../monitor/outcome/ranking-outcome.ts';
import type { RegressionSummary } from '../../monitor/outcome/regression-outcome.ts';
import { BY_DESIGN } from './fallback-reasons.ts';
import type { OutcomeBook } from './outcome-book.ts';

export interface LookedAt {
  readonly outcomes: OutcomeBook | null;
  readonly operation: OperationMetrics;
  readonly exposure: ExposureSummary | null;
}

/** The figures that alerts are raised by. */
export function metricLooks(taskId: string, { outcomes, operation, exposure }: LookedAt): MetricValue[] {
  return [
    ...(outcomes ? [...outcomeLooks(taskId, outcomes), ...gapValues(taskId, outcomes.gaps())] : []),
    ...operationLooks(taskId, operation),
    ...(exposure ? exposureValues({ taskId }, exposure) : []),
  ];
}

function outcomeLooks(taskId: string, outcomes: OutcomeBook): MetricValue[] {
  const overall = outcomes.overall();
  switch (outcomes.kind) {
    case 'classification':
      return classificationValues({ taskId }, overall as ClassificationSummary);
    case 'ranking':
      return rankingValues({ taskId }, overall as RankingSummary);
    case 'regression':
      return regressionValues({ taskId }, overall as RegressionSummary);
  }
}

/** The page's own answer where that is what the task asks for is no failure. */
function operationLooks(taskId: string, operation: OperationMetrics): MetricValue[] {
  const summary = operation.summary();
  const { fallback } = summary;
  const decaying = withoutDesign(fallback.decaying);
  return operationValues({ taskId }, { ...summary, fallback: { ...fallback, decaying } });
}

function withoutDesign(figures: FallbackFigures): FallbackFigures {
  if (figures.share === null) return figures;
  const byDesign = figures.reasons.filter(({ reason }) => reason !== null && BY_DESIGN.includes(reason));
  const share = figures.share - byDesign.reduce((sum, one) => sum + one.share, 0);
  return { ...figures, share: Math.max(0, share) };
}
