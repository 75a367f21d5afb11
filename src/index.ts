import { createTendrilAt } from './client/create-tendril.ts';
import type { TendrilOptions } from './client/options.ts';
import type { Tendril } from './client/tendril.ts';

/**
 * Starts Tendril for this page. Returns at once and never throws: until the worker serves, and wherever it cannot, the page's own order stands.
 *
 * ```js
 * const tendril = createTendril({ tasks: [{ id: 'articles', kind: 'ranking', schema: { candidate: { topic: 'categorical' } } }] });
 * const { decisionId, order } = await tendril.rank('articles', { candidates: [{ id: 'a', features: { topic: 'css' } }] });
 * await tendril.feedback({ decisionId, item: order[0].id });
 * ```
 */
export function createTendril(options: TendrilOptions): Tendril {
  return createTendrilAt(options, import.meta.url);
}

export { errorTable, TendrilError } from './errors.ts';
export type { ErrorCode, ErrorDetails } from './errors.ts';
export type { TendrilOptions } from './client/options.ts';
export type { Classification, FeedbackResult, Forecast, Prediction, Ranking, Retrieval } from './client/answers.ts';
export type { CaptureSettings, SignalInput } from './client/feed.ts';
export type { Health, Versions } from './client/manage.ts';
export type { Review, ReviewCorrection, Reviewer } from './client/review.ts';
export type { EventMap, Status, Tendril } from './client/tendril.ts';
export type {
  AlertLimits,
  AlertMetric,
  Candidate,
  ClassificationTask,
  FeatureDeclaration,
  Features,
  FeedbackOptions,
  ForecastingTask,
  LearnerOptions,
  MemoryOptions,
  MonitorOptions,
  RankingTask,
  RegressionTask,
  RetrievalTask,
  ReviewOptions,
  TaskDeclaration,
} from './core/task.ts';
export type {
  Abstention,
  Acknowledged,
  Alert,
  AuditRecord,
  ConsolidationReport,
  Correction,
  DecisionExplanation,
  FeedbackRequest,
  ForecastStep,
  ForgetAccount,
  ForgetRequest,
  HealthAggregates,
  HealthReport,
  IndexStatus,
  KnowledgeRecord,
  MemoryStatus,
  ModelReference,
  Observation,
  Publication,
  RankedCandidate,
  RetrievalItem,
  RetrievalQuery,
  RetrievedItem,
  ReviewItem,
  ReviewSettled,
  ReviewState,
  SharingStatus,
  RollbackRequest,
  Signal,
  SignalsStored,
  TaskStatus,
  VersionsStatus,
  WireError,
  WireResult,
  WorkerStatus,
} from './protocol/messages.ts';
