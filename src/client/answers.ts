import type {
  Abstention,
  Acknowledged,
  ClassifyAnswer,
  ForecastAnswer,
  Interval,
  ModelReference,
  RankAnswer,
  RankedCandidate,
  RetrieveAnswer,
  RetrievedItem,
  ForecastStep,
  WireError,
  WireResult,
} from '../protocol/messages.ts';
import { isObject } from './connection.ts';

/** Whose answer it is. `host`: the page's own order or answer stands, because the model was not ready, too late, or refused, or a person decides. */
interface Served {
  readonly decisionId: string;
  readonly source: 'model' | 'host';
  readonly model: ModelReference | null;
  /** Why a person decides, and the review that it waits in; `error` is null then. null where the model decides, or could not be asked. */
  readonly abstained: Abstention | null;
  /** Why the page's own answer stands. */
  readonly error: WireError | null;
}

/** An ordering to show. */
export interface Ranking extends Served {
  readonly order: readonly RankedCandidate[];
}

export interface Classification extends Served {
  /** The most probable class; null where the page must decide. */
  readonly label: string | null;
  readonly probabilities: Readonly<Record<string, number>>;
}

/** A number and its interval; null where the page must do without. */
export type Prediction = Served & { readonly [K in keyof Interval]: number | null };

export interface Forecast extends Served {
  readonly steps: readonly ForecastStep[];
}

export interface Retrieval extends Served {
  /** Best first. */
  readonly items: readonly RetrievedItem[];
}

export type FeedbackResult =
  ({ readonly acknowledged: true } & Acknowledged) | { readonly acknowledged: false; readonly error: WireError };

export function feedbackResult(result: WireResult<Acknowledged>): FeedbackResult {
  return result.ok ? { acknowledged: true, ...result.value } : { acknowledged: false, error: result.error };
}

export function isAcknowledged(value: unknown): value is Acknowledged {
  return isObject(value) && typeof value.position === 'number';
}

/** Exactly the candidates that were given, each once: anything else must not reach the page. */
export function isRanking(value: unknown, candidates: readonly { readonly id: string }[]): value is RankAnswer {
  if (!isObject(value) || !Array.isArray(value.order) || value.order.length !== candidates.length) return false;
  const left = new Set(candidates.map(({ id }) => id));
  return (value.order as unknown[]).every((entry) => isObject(entry) && left.delete(entry.id as string));
}

export function isClassification(value: unknown): value is ClassifyAnswer {
  return isObject(value) && isObject(value.probabilities);
}

export function isForecast(value: unknown): value is ForecastAnswer {
  return isObject(value) && Array.isArray(value.steps) && value.steps.every(isInterval);
}

export function isRetrieval(value: unknown): value is RetrieveAnswer {
  return isObject(value) && Array.isArray(value.items) && value.items.every((item) => isObject(item) && 'id' in item);
}

/** The bounds may be infinite, but nothing may be NaN. */
export function isInterval(value: unknown): boolean {
  return isObject(value) && Number.isFinite(value.value) && Number(value.lower) <= Number(value.upper);
}
