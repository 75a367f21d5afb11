/** Why something may be learned now. `arrived`: something new is in the log; `asked`: somebody called. */
export type LearningReason = 'arrived' | 'idle' | 'schedule' | 'drift' | 'asked';

/** What is known of the device; null where nobody says. */
export interface DeviceHints {
  /** Charge in [0, 1]. */
  readonly battery: number | null;
  readonly charging: boolean | null;
  /** Whether others need its processors now. */
  readonly busy: boolean | null;
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

export const unknownDevice: DeviceHints = { battery: null, charging: null, busy: null };

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

/** When a task learns, and what it may use for that. Who asks for it is not refused. */
export class LearningPlan {
  readonly #options: LearningOptions;
  #device = unknownDevice;
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

  set device(hints: DeviceHints) {
    this.#device = hints;
  }

  /** What was spent before this worker started. */
  resume(spent: LearningSpent): void {
    this.#spent = spent;
  }

  learned(ms: number, nowMs: number): void {
    const day = Math.floor(nowMs / DAY_MS);
    this.#spent = { day, ms: (this.#spent.day === day ? this.#spent.ms : 0) + ms };
    this.#learnedAtMs = nowMs;
  }

  /** @param waiting experiences in the log that are not learned */
  mayLearn(reason: LearningReason, waiting: number, nowMs: number): boolean {
    if (reason === 'asked') return true;
    return waiting > 0 && this.#isWanted(reason, waiting, nowMs) && this.#isAffordable(nowMs);
  }

  #isWanted(reason: LearningReason, waiting: number, nowMs: number): boolean {
    const { when, every, everyMinutes, onDrift } = this.#options;
    if (everyMinutes !== undefined && nowMs - this.#learnedAtMs >= everyMinutes * MINUTE_MS) return true;
    if (reason === 'drift') return onDrift;
    if (reason === 'schedule' || when === 'asked') return false;
    return reason === 'idle' || (when === 'arrived' && waiting >= every);
  }

  #isAffordable(nowMs: number): boolean {
    const { minBattery, maxSecondsPerDay } = this.#options;
    const { battery, charging, busy } = this.#device;
    if (busy === true || (battery !== null && battery < minBattery && charging !== true)) return false;
    if (maxSecondsPerDay === undefined || this.#spent.day !== Math.floor(nowMs / DAY_MS)) return true;
    return this.#spent.ms < maxSecondsPerDay * 1000;
  }
}
