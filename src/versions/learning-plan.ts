/** Why something may be learned now. `arrived`: something new is in the log; `asked`: somebody called. */
export type LearningReason = 'arrived' | 'idle' | 'schedule' | 'drift' | 'asked';

/** What is known of the device; null where nobody says. */
export interface DeviceHints {
  /** Charge in [0, 1]. */
  readonly battery: number | null;
  readonly charging: boolean | null;
  /** Whether others need its processors now. */
  readonly busy: boolean | null;
  /** Whether nobody can see a page that this is for, in any tab. */
  readonly hidden: boolean | null;
}

export interface LearningOptions {
  /** `arrived`: also as soon as there is something; `idle`: when nobody asks for anything; `asked`: by call alone. */
  readonly when: 'arrived' | 'idle' | 'asked';
  /** Experiences that must wait before what arrives starts it. */
  readonly every: number;
  /** Minutes after which what waits is learned, however little; null for no schedule. */
  readonly everyMinutes?: number | undefined;
  /** Whether a drift alarm starts it. */
  readonly onDrift: boolean;
  readonly minBattery: number;
  readonly maxSecondsPerDay?: number | undefined;
}

export interface LearningSpent {
  /** Days since the Unix epoch, UTC. */
  readonly day: number;
  readonly ms: number;
}

export const unknownDevice: DeviceHints = { battery: null, charging: null, busy: null, hidden: null };

/** A busy device learns one slice in this time: hardly any of it, and yet what a visitor has just done shows. */
export const BUSY_PAUSE_MS = 2_000;
/** For so long after the last page was hidden learning goes on: what a visitor did before looking away is learned by then. */
export const HIDDEN_AFTER_MS = 5_000;

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

/** When a task learns, and what it may use for that. Who asks for it is not refused. */
export class LearningPlan {
  readonly #options: LearningOptions;
  #device = unknownDevice;
  #hiddenAtMs = Infinity;
  #spent: LearningSpent = { day: 0, ms: 0 };
  #learnedAtMs: number;

  /** @param nowMs the schedule counts from here */
  constructor(options: LearningOptions, nowMs: number) {
    this.#options = options;
    this.#learnedAtMs = nowMs;
  }

  get spent(): LearningSpent {
    return this.#spent;
  }

  hear(hints: DeviceHints, nowMs: number): void {
    if (hints.hidden !== true) this.#hiddenAtMs = Infinity;
    else if (this.#device.hidden !== true) this.#hiddenAtMs = nowMs;
    this.#device = hints;
  }

  /** What was spent before this worker started. */
  resume(spent: LearningSpent): void {
    this.#spent = spent;
  }

  /** To be called after each slice. */
  learned(ms: number, nowMs: number): void {
    const day = Math.floor(nowMs / DAY_MS);
    this.#spent = { day, ms: (this.#spent.day === day ? this.#spent.ms : 0) + ms };
    this.#learnedAtMs = nowMs;
  }

  /** @param waiting experiences in the log that are not learned */
  mayLearn(reason: LearningReason, waiting: number, nowMs: number): boolean {
    if (reason === 'asked') return true;
    return waiting > 0 && this.#isWanted(reason, waiting, nowMs) && this.mayGoOn(reason, nowMs);
  }

  /** Between two slices. */
  mayGoOn(reason: LearningReason, nowMs: number): boolean {
    return reason === 'asked' || (this.#isWithinBudget(nowMs) && !this.isPaused(nowMs));
  }

  /** Whether the device, or whoever uses it, has no time or no charge for what can wait. */
  isPaused(nowMs: number): boolean {
    const { minBattery } = this.#options;
    const { battery, charging, busy } = this.#device;
    if (nowMs - this.#hiddenAtMs >= HIDDEN_AFTER_MS) return true;
    if (battery !== null && battery < minBattery && charging !== true) return true;
    return busy === true && nowMs - this.#learnedAtMs < BUSY_PAUSE_MS;
  }

  #isWanted(reason: LearningReason, waiting: number, nowMs: number): boolean {
    const { when, every, everyMinutes, onDrift } = this.#options;
    if (everyMinutes !== undefined && nowMs - this.#learnedAtMs >= everyMinutes * MINUTE_MS) return true;
    if (reason === 'drift') return onDrift;
    if (reason === 'schedule' || when === 'asked') return false;
    return reason === 'idle' || (when === 'arrived' && waiting >= every);
  }

  #isWithinBudget(nowMs: number): boolean {
    const { maxSecondsPerDay } = this.#options;
    if (maxSecondsPerDay === undefined || this.#spent.day !== Math.floor(nowMs / DAY_MS)) return true;
    return this.#spent.ms < maxSecondsPerDay * 1000;
  }
}
