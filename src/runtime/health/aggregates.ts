import type { AlertCounts } from '../../monitor/alerts/alert-book.ts';
import type { HealthAggregates, HealthReport, TaskOutcome } from '../../protocol/health.ts';

/** Of fewer outcomes or decisions there are no means: they would say what one visitor did on one day. */
const LEAST = 20;
/** Larger counts are told as this one. */
const MOST = 1_000_000;
const MOST_MS = 60_000;

/** What may leave the device of a report: no label, no value, no item, no time, no name of a segment. */
export function aggregatesOf(report: HealthReport, modelVersion: number | null, alerts: AlertCounts): HealthAggregates {
  const { taskId, kind, judged, outcome, operation, drift } = report;
  const { count: decisions, share } = operation.fallback.total;
  const { count: timed, p50Ms, p95Ms } = operation.prediction.total;
  return {
    ...{ format: 1, taskId, kind, modelVersion },
    judged: rounded(judged),
    decisions: rounded(decisions),
    outcome: outcome ? meansOf(outcome) : {},
    latency: timed < LEAST ? { p50Ms: null, p95Ms: null } : { p50Ms: milliseconds(p50Ms), p95Ms: milliseconds(p95Ms) },
    fallbackShare: decisions < LEAST ? null : places(share),
    drift: {
      errors: drift.errors?.status === 'drift',
      // Names that the page declares; not what moved in them.
      features: drift.features?.features.filter(({ drifted }) => drifted).map(({ feature }) => feature) ?? [],
      predictions: drift.predictions?.features.some(({ drifted }) => drifted) ?? false,
    },
    alerts: Object.fromEntries(
      Object.entries(alerts).map(([code, { standing, raised }]) => [code, { standing, raised: rounded(raised) }]),
    ),
  };
}

/** Over all time. Figures in units of the page's own numbers are left out: they may be told apart by their size. */
function meansOf(outcome: TaskOutcome): Record<string, number | null> {
  const { kind, all } = outcome;
  const enough = all.total.count >= LEAST;
  const of = (figures: Readonly<Record<string, number | null>>) =>
    Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, enough ? places(value) : null]));
  switch (kind) {
    case 'classification': {
      const { accuracy, kappaTemporal, logLoss, brier, calibrationError } = all.total;
      return of({ accuracy, kappaTemporal, logLoss, brier, calibrationError });
    }
    case 'ranking': {
      const { withoutFeedback, reward, clickRate, completionRate, meanPlace, satisfaction, bias, brier } = all.total;
      return of({ withoutFeedback, reward, clickRate, completionRate, meanPlace, satisfaction, bias, brier });
    }
    case 'regression': {
      const { coverage, withoutInterval } = all.total;
      return of({ coverage, withoutInterval });
    }
  }
}

/** Two digits. */
const rounded = (count: number): number => Number(Math.min(MOST, count).toPrecision(2));

const places = (value: number | null): number | null => value && Math.round(value * 1000) / 1000;

const milliseconds = (value: number | null): number | null => value && Number(Math.min(MOST_MS, value).toPrecision(2));
