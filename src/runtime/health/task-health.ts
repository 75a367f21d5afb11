import * as v from 'valibot';
import type { Clock } from '../../core/clock.ts';
import type { Json } from '../../core/part-state.ts';
import type { ParsedTask } from '../../learners/task-schema.ts';
import type { DecisionRecord, StoredExperience } from '../../memory/records.ts';
import type { AlertEvent } from '../../monitor/alerts/alert.ts';
import { LEAST_DISTANCE } from '../../monitor/distribution/channel-change.ts';
import type { FeatureDriftReport } from '../../monitor/distribution/drift-report.ts';
import type { ExposureSummary } from '../../monitor/exposure/exposure-book.ts';
import type { StorageUse } from '../../monitor/operation/device-state.ts';
import { OperationMetrics } from '../../monitor/operation/operation-metrics.ts';
import { finite, parseState, wholeNumber } from '../../monitor/outcome/parse-state.ts';
import type { UpliftEstimate } from '../../monitor/sequential/estimate-uplift.ts';
import type { HealthReport } from '../../protocol/health.ts';
import type { Abstention, BackendName, WireResult } from '../../protocol/messages.ts';
import type { Bout } from '../../versions/contest.ts';
import type { GateReport } from '../../versions/gate/run-gate.ts';
import type { Lineage, Move, VersionReference } from '../../versions/lineage.ts';
import { ConfidenceWatch } from './confidence-watch.ts';
import { DecisionTally } from './decision-tally.ts';
import { DriftWatch } from './drift-watch.ts';
import { fallbackReason } from './fallback-reasons.ts';
import type { KnownDevice } from './known-device.ts';
import { HealthAlerts } from './health-alerts.ts';
import { metricLooks } from './metric-looks.ts';
import { settingsKey } from './monitor-settings.ts';
import { createOutcomeBook, type OutcomeBook } from './outcome-book.ts';
import { PendingDecisions } from './pending-decisions.ts';
import { taskOutcome } from './task-outcome.ts';

export interface TaskHealthParts {
  readonly task: ParsedTask;
  readonly clock: Pick<Clock, 'nowMs'>;
  /** Milliseconds after which nothing is heard of a decision any more. */
  readonly longestWindowMs: () => number;
  /** How what is shown is spread; null where nobody counts. */
  readonly exposure: () => ExposureSummary | null;
  readonly emit: (event: AlertEvent, attribution: string | null) => void;
}

/** What is asked of others when a report is made; null where a task has none of it. */
export interface HealthSources {
  readonly exposure: ExposureSummary | null;
  readonly uplift: UpliftEstimate | null;
  readonly lineage: Pick<Lineage, 'champion' | 'guards'>;
}

/** What is told between two looks at the figures. */
const LOOK_EVERY = 50;

const stateSchema = v.strictObject({
  format: v.literal(1),
  settings: v.string(),
  sinceMs: finite,
  judged: wholeNumber,
  judgedTo: wholeNumber,
  told: wholeNumber,
  ...{ outcomes: v.unknown(), operation: v.unknown(), drift: v.unknown(), confidence: v.unknown() },
  ...{ alerts: v.unknown(), pending: v.unknown() },
});

/**
 * How one task does, in bounded memory: fed by what is decided and learned, one thing at a time. An experience that is learned again, after a crash or a way
 * back, is not counted again.
 */
export class TaskHealth {
  readonly #parts: TaskHealthParts;
  readonly #outcomes: OutcomeBook | null;
  readonly #operation = new OperationMetrics();
  readonly #drift: DriftWatch;
  readonly #confidence: ConfidenceWatch | null;
  readonly #alerts: HealthAlerts;
  readonly #pending = new PendingDecisions();
  readonly #tally = new DecisionTally((reason) => {
    this.#operation.decided(reason);
  });
  #sinceMs: number;
  #judged = 0;
  /** Log position of the last experience that was told. */
  #judgedTo = 0;
  #told = 0;

  constructor(parts: TaskHealthParts) {
    const { task, clock, emit } = parts;
    this.#parts = parts;
    this.#sinceMs = clock.nowMs();
    this.#outcomes = createOutcomeBook(task);
    this.#drift = new DriftWatch(task);
    this.#confidence = task.kind === 'classification' ? new ConfidenceWatch() : null;
    const drift = () => this.#drift.report();
    this.#alerts = new HealthAlerts({ taskId: task.id, settings: task.monitor, clock, drift, emit });
  }

  /** @param champion null where a model serves that has learned nothing @throws INVALID_DATA for an answer that is no number */
  judged(
    experience: StoredExperience,
    { champion: { judgement, loss } }: Bout,
    champion: VersionReference | null,
  ): void {
    if (experience.position <= this.#judgedTo) return;
    this.#judgedTo = experience.position;
    this.#judged++;
    this.#heard(experience);
    if (judgement.kind === 'classification') this.#confidence?.judged(judgement.probabilities, judgement.actual);
    const found = this.#drift.judged(experience, loss, this.#parts.clock.nowMs());
    this.#outcomes?.update(experience, judgement, champion?.trainedTo ?? 0);
    this.#count(found);
  }

  #heard({ decisionId, payload }: StoredExperience): void {
    const said = this.#pending.heard(decisionId)?.said;
    if (said && payload.kind === 'classification') this.#confidence?.labelled(said, payload.label);
  }

  /** @param record as the model answered, whatever was shown */
  decided(record: DecisionRecord): void {
    const { decisionId, payload } = record;
    const said = payload.kind === 'classification' ? this.#confidence?.decided(payload.probabilities) : null;
    const decision = { atMs: this.#parts.clock.nowMs(), said: said ?? null };
    if (this.#outcomes) this.#outcomes.unheard(this.#pending.add(decisionId, decision));
    this.#drift.decided(record);
  }

  /** A call has its answer, `durationMs` after it came. @param waiting calls that waited then */
  answered(
    decisionId: string,
    result: WireResult<{ readonly abstained?: Abstention | null }>,
    { durationMs, waiting }: { readonly durationMs: number; readonly waiting: number },
  ): void {
    this.#operation.queued(waiting);
    if (result.ok) {
      this.#operation.predicted(durationMs);
      this.#tally.answered(decisionId, fallbackReason(result.value.abstained), this.#parts.clock.nowMs());
    } else this.#operation.decided(result.error.code);
    this.#count(false);
  }

  hostServed(decisionId: string): void {
    this.#tally.hostServed(decisionId);
  }

  learned(durationMs: number): void {
    this.#operation.learned(durationMs);
  }

  backendChanged(to: BackendName, reason: string): void {
    const atMs = this.#parts.clock.nowMs();
    const from = this.#operation.summary().backends.last.at(-1)?.to ?? null;
    this.#operation.backendChanged({ from, to, reason: reason.slice(0, 100), atMs });
  }

  device({ battery, charging, cores, memoryGb, saveData }: KnownDevice): void {
    this.#operation.device({ deviceClass: null, cores, memoryGb, saveData, batteryLevel: battery, charging });
  }

  stored(use: StorageUse): void {
    this.#operation.stored(use);
  }

  moved({ kind }: Move, { champion }: Pick<Lineage, 'champion'>): void {
    this.#drift.versionChanged();
    this.#alerts.resolve('DRIFT_ERRORS', 'DRIFT_PREDICTIONS', 'PROMOTION_REFUSED', 'ROLLED_BACK');
    this.#tellDrift();
    if (kind === 'promoted') return;
    this.#alerts.report({ code: 'ROLLED_BACK', value: champion?.trainedTo ?? 0 });
  }

  refused({ checks }: GateReport): void {
    this.#alerts.report({ code: 'PROMOTION_REFUSED', value: checks.filter(({ passed }) => !passed).length });
  }

  reviewsWaiting(count: number): void {
    if (count > 0) this.#alerts.report({ code: 'REVIEW_WAITING', value: count });
    else this.#alerts.resolve('REVIEW_WAITING');
  }

  #count(driftFound: boolean): void {
    this.#told++;
    if (driftFound || this.#told % LOOK_EVERY === 0) this.#look();
  }

  /** Time passes also where nothing happens. */
  #look(): void {
    const { clock, longestWindowMs, task } = this.#parts;
    const nowMs = clock.nowMs();
    this.#tally.settle(nowMs);
    this.#outcomes?.unheard(this.#pending.dropOlder(nowMs - longestWindowMs()));
    this.#tellDrift();
    const looked = { outcomes: this.#outcomes, operation: this.#operation, exposure: this.#parts.exposure() };
    this.#alerts.look(metricLooks(task.id, looked));
  }

  #tellDrift(): void {
    const { errors, features, predictions } = this.#drift.standing;
    if (errors || features || predictions) {
      const report = this.#drift.report();
      if (report.errors?.change) {
        const { before, after } = report.errors.change;
        this.#alerts.report({ code: 'DRIFT_ERRORS', value: after, threshold: before });
      }
      if (features) this.#alerts.report({ code: 'DRIFT_FEATURES', ...furthest(report.features) });
      if (predictions) this.#alerts.report({ code: 'DRIFT_PREDICTIONS', ...furthest(report.predictions) });
    }
    if (!errors) this.#alerts.resolve('DRIFT_ERRORS');
    if (!features) this.#alerts.resolve('DRIFT_FEATURES');
    if (!predictions) this.#alerts.resolve('DRIFT_PREDICTIONS');
  }

  report({ exposure, uplift, lineage }: HealthSources): HealthReport {
    const { task, clock } = this.#parts;
    this.#tally.settle(clock.nowMs());
    this.#outcomes?.close();
    return {
      taskId: task.id,
      kind: task.kind,
      sinceMs: this.#sinceMs,
      judged: this.#judged,
      outcome: this.#outcomes && taskOutcome(this.#outcomes, lineage),
      operation: this.#operation.summary(),
      drift: this.#drift.report(),
      confidence: this.#confidence?.report() ?? null,
      exposure,
      uplift,
      alerts: this.#alerts.standing(),
    };
  }

  /** How many alerts stand and were raised. */
  get alertCounts(): ReturnType<HealthAlerts['counts']> {
    return this.#alerts.counts();
  }

  /** Plain JSON. */
  state(): Json {
    this.#tally.settle(this.#parts.clock.nowMs());
    return {
      format: 1,
      settings: settingsKey(this.#parts.task.monitor),
      sinceMs: this.#sinceMs,
      judged: this.#judged,
      judgedTo: this.#judgedTo,
      told: this.#told,
      outcomes: this.#outcomes?.state() ?? null,
      operation: this.#operation.state(),
      drift: this.#drift.state(),
      confidence: this.#confidence?.state() ?? null,
      alerts: this.#alerts.state(),
      pending: this.#pending.state(),
    };
  }

  /** @returns false where it was kept under other settings: it begins anew then @throws INVALID_DATA, CHECKPOINT_CORRUPT; then it has to be made anew */
  restore(state: unknown): boolean {
    const stored = parseState(stateSchema, state, 'health');
    if (stored.settings !== settingsKey(this.#parts.task.monitor)) return false;
    this.#outcomes?.restore(stored.outcomes);
    this.#operation.restore(stored.operation);
    this.#drift.restore(stored.drift);
    this.#confidence?.restore(stored.confidence);
    this.#alerts.restore(stored.alerts);
    this.#pending.restore(stored.pending);
    this.#sinceMs = stored.sinceMs;
    this.#judged = stored.judged;
    this.#judgedTo = stored.judgedTo;
    this.#told = stored.told;
    return true;
  }
}

/** How far the feature moved that moved most. */
function furthest(report: FeatureDriftReport | null): { value: number; threshold: number } {
  const distances = (report?.features ?? []).filter(({ drifted }) => drifted).map(({ distance }) => distance);
  const value = Math.max(LEAST_DISTANCE, ...distances.filter(Number.isFinite));
  return { value, threshold: LEAST_DISTANCE };
}
