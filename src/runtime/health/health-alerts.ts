import type { Clock } from '../../core/clock.ts';
import type { Json } from '../../core/part-state.ts';
import type { Alert, AlertEvent } from '../../monitor/alerts/alert.ts';
import { AlertBook, type AlertCounts, type AlertReport, type MetricValue } from '../../monitor/alerts/alert-book.ts';
import type { AlertCode } from '../../monitor/alerts/alert-table.ts';
import type { DriftHealth, HealthAlert } from '../../protocol/health.ts';
import { alertRules, type MonitorSettings } from './monitor-settings.ts';

export interface HealthAlertsParts {
  readonly taskId: string;
  readonly settings: MonitorSettings;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly drift: () => DriftHealth;
  readonly emit: (event: AlertEvent, attribution: string | null) => void;
}

/** Codes that drift can be the reason of. */
const explained: readonly AlertCode[] = [
  ...(['DRIFT_ERRORS', 'DRIFT_FEATURES', 'DRIFT_PREDICTIONS'] as const),
  ...(['ERROR_RATE_UP', 'REWARD_DOWN', 'CALIBRATION_OFF', 'COVERAGE_LOW'] as const),
];

/** The alerts of one task, told to the page as they are raised and cleared. */
export class HealthAlerts {
  readonly #parts: HealthAlertsParts;
  readonly #book: AlertBook;

  constructor(parts: HealthAlertsParts) {
    this.#parts = parts;
    this.#book = new AlertBook(alertRules(parts.settings), parts.clock);
  }

  look(values: readonly MetricValue[]): void {
    this.#tell(this.#book.look(values));
  }

  report(report: Omit<AlertReport, 'taskId'>): void {
    this.#tell(this.#book.report({ ...report, taskId: this.#parts.taskId }));
  }

  resolve(...codes: readonly AlertCode[]): void {
    for (const code of codes) this.#tell(this.#book.resolve({ code }));
  }

  standing(): HealthAlert[] {
    const drift = this.#parts.drift();
    return this.#book.standing().map((alert) => ({ ...alert, attribution: attributionOf(alert, drift) }));
  }

  counts(): AlertCounts {
    return this.#book.counts();
  }

  #tell(events: readonly AlertEvent[]): void {
    if (events.length === 0) return;
    const drift = this.#parts.drift();
    for (const event of events)
      this.#parts.emit(event, event.kind === 'raised' ? attributionOf(event.alert, drift) : null);
  }

  state(): Json {
    return this.#book.state();
  }

  /** @throws INVALID_DATA */
  restore(state: unknown): void {
    this.#book.restore(state);
  }
}

function attributionOf({ code }: Alert, { text }: DriftHealth): string | null {
  return explained.includes(code) ? text : null;
}
