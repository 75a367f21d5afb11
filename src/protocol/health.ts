import type { TaskDeclaration } from '../core/task.ts';
import type { Alert } from '../monitor/alerts/alert.ts';
import type { AlertCounts } from '../monitor/alerts/alert-book.ts';
import type { CalibrationReport } from '../monitor/confidence/calibration-error.ts';
import type { ConfidencePeriod } from '../monitor/confidence/confidence-history.ts';
import type { PerformanceEstimate } from '../monitor/confidence/performance-estimator.ts';
import type { FeatureDriftReport } from '../monitor/distribution/drift-report.ts';
import type { ErrorChange } from '../monitor/drift/error-change.ts';
import type { ExposureSummary } from '../monitor/exposure/exposure-book.ts';
import type { OperationSummary } from '../monitor/operation/operation-metrics.ts';
import type { ClassificationSummary } from '../monitor/outcome/classification-outcome.ts';
import type { OutcomeGap } from '../monitor/outcome/outcome-gap.ts';
import type { RankingSummary } from '../monitor/outcome/ranking-outcome.ts';
import type { RegressionSummary } from '../monitor/outcome/regression-outcome.ts';
import type { SegmentSummary } from '../monitor/outcome/version-outcome.ts';
import type { UpliftEstimate } from '../monitor/sequential/estimate-uplift.ts';

/** What is known of how a task does. Types only. */

/** The outcomes of one version while it served. */
export interface VersionHealth<Summary> {
  /** Log position that the version has learned up to, by which it is told from the others; 0 for a model that had learned nothing. */
  readonly trainedTo: number;
  /** SHA-256 of the version, where it is the champion or one before it that is still judged; otherwise null. */
  readonly digest: string | null;
  /** The registry's number, or null. */
  readonly modelVersion: number | null;
  readonly outcome: Summary;
  /** By value of a declared feature, such as `device=phone`. */
  readonly segments: readonly SegmentSummary<Summary>[];
}

interface OutcomeHealth<Kind, Summary> {
  readonly kind: Kind;
  /** Of all versions. */
  readonly all: Summary;
  /** At most three; the one that served last comes last. */
  readonly versions: readonly VersionHealth<Summary>[];
  /** Of the version that served last: the two most frequent values of each declared feature. `modelVersion` is its log position. */
  readonly gaps: readonly OutcomeGap[];
}

/** What came of what was served: each answer was given before the outcome was learned. */
export type TaskOutcome =
  | OutcomeHealth<'classification', ClassificationSummary>
  | OutcomeHealth<'ranking', RankingSummary>
  | OutcomeHealth<'regression', RegressionSummary>;

/** How losses changed. */
export interface ErrorDrift {
  readonly status: 'stable' | 'warning' | 'drift';
  /** Losses in [0, 1] since the detector started anew. */
  readonly meanLoss: number;
  /** What stands, and when it was found; null where nothing does. */
  readonly change: (ErrorChange & { readonly atMs: number }) | null;
}

export interface DriftHealth {
  /** null where the task's kind says nothing about an answer before it learns of it. */
  readonly errors: ErrorDrift | null;
  /** null where there are no features to watch. */
  readonly features: FeatureDriftReport | null;
  readonly predictions: FeatureDriftReport | null;
  /** What moved together, in a sentence. */
  readonly text: string;
}

/** Classification alone. */
export interface ConfidenceHealth {
  /** null before the first label. */
  readonly calibration: CalibrationReport | null;
  readonly periods: readonly ConfidencePeriod[];
  /** Of decisions whose labels have not come. */
  readonly unlabelled: PerformanceEstimate;
}

/** An alert, and what is known about where it comes from. */
export interface HealthAlert extends Alert {
  readonly attribution: string | null;
}

/** Plain JSON. Figures of operation and of decisions are those of the tab that learns. */
export interface HealthReport {
  readonly taskId: string;
  readonly kind: TaskDeclaration['kind'];
  /** Of the first figure. */
  readonly sinceMs: number;
  /** Experiences that outcomes are of. */
  readonly judged: number;
  /** null where the kind of task has none. */
  readonly outcome: TaskOutcome | null;
  readonly operation: OperationSummary;
  readonly drift: DriftHealth;
  readonly confidence: ConfidenceHealth | null;
  /** Of a ranking that counts what it shows. */
  readonly exposure: ExposureSummary | null;
  /** Of a ranking that keeps the page's own order for a share of decisions. */
  readonly uplift: UpliftEstimate | null;
  /** Those that stand, the one looked at longest ago first. */
  readonly alerts: readonly HealthAlert[];
}

/** Counts and means that say nothing about a visitor: rounded, clipped, and null where they would be of few. No name of anything that a visitor did. */
export interface HealthAggregates {
  readonly format: 1;
  readonly taskId: string;
  readonly kind: TaskDeclaration['kind'];
  /** The registry's number of the version that serves, or null. */
  readonly modelVersion: number | null;
  /** Two digits. */
  readonly judged: number;
  readonly decisions: number;
  /** Means, by name, to three places. */
  readonly outcome: Readonly<Record<string, number | null>>;
  readonly latency: { readonly p50Ms: number | null; readonly p95Ms: number | null };
  readonly fallbackShare: number | null;
  readonly drift: { readonly errors: boolean; readonly features: readonly string[]; readonly predictions: boolean };
  /** By code. */
  readonly alerts: AlertCounts;
}
