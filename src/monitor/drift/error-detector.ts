import type { PartState } from '../../core/part-state.ts';
import { joinStates, partOfState } from '../../core/read-state.ts';
import { meanOf } from './change-evidence.ts';
import { requireCount, requireOption, UNIT_RANGE } from './drift-detector.ts';
import { changeValues, readChange, type ErrorChange } from './error-change.ts';
import { ErrorWindow } from './error-window.ts';
import { GuardedDetector, type Verdict } from './guarded-detector.ts';
import { windowEvidence, type EvidenceOptions, type WindowEvidence } from './window-evidence.ts';

export interface ErrorDetectorOptions {
  /** Values between false alarms, on average. */
  readonly runLength: number;
  /** The same of false warnings, of which one may last for some values. */
  readonly warningRunLength: number;
  /** The same of false improvements, which cost the memory of what was normal. */
  readonly improvementRunLength: number;
  /** Values that what is normal is judged by. */
  readonly maxWindow: number;
  /** How large a change is expected to be: the deviation of a half-normal prior of the shift of the log-odds. */
  readonly shiftDeviation: number;
}

export const ERROR_DETECTOR_DEFAULTS: ErrorDetectorOptions = {
  runLength: 150_000,
  warningRunLength: 20_000,
  improvementRunLength: 1_000_000,
  maxWindow: 16_384,
  shiftDeviation: 1,
};

/**
 * Tells when an error got worse, by errors (0 or 1), losses or 1 − rewards in [0, 1]. For each place of a window where the mean may have changed,
 * a Bayes factor weighs a change against none, the means on both sides unknown; their sum over all places is the statistic of Shiryaev (1963)
 * and Roberts (1966). With a known mean it would be an e-detector (Shin, Ramdas and Rinaldo 2023, arXiv 2203.03532), and an alarm at
 * `runLength` at least so many values from the next false one on average; with means that are estimated it is about so many
 * (npm run bench:drift). No number of values before a change is needed, few only give less evidence. The sum asks less of a change that
 * lasts than the largest factor would, because the largest of many short stretches is high by chance.
 *
 * An error that falls is no drift: it is an improvement, and what was before it is no longer what is normal, so that a model which learns is
 * judged by what it has reached. A drift forgets everything; what comes after it is the next normal.
 */
export class ErrorDetector extends GuardedDetector {
  readonly #options: ErrorDetectorOptions;
  readonly #evidenceOptions: EvidenceOptions;
  readonly #window: ErrorWindow;
  #change: ErrorChange | null = null;

  /** @throws INVALID_CONFIG */
  constructor(options: Partial<ErrorDetectorOptions> = {}) {
    super(UNIT_RANGE);
    const all = { ...ERROR_DETECTOR_DEFAULTS, ...options };
    requireOption('runLength', all.runLength, 1, 1e12);
    requireOption('warningRunLength', all.warningRunLength, 1, all.runLength);
    requireOption('improvementRunLength', all.improvementRunLength, 1, 1e12);
    requireCount('maxWindow', all.maxWindow, 64, 2 ** 30);
    requireOption('shiftDeviation', all.shiftDeviation, 0.01, 10);
    this.#options = all;
    const { warningRunLength: leastWorse, improvementRunLength: leastBetter, shiftDeviation } = all;
    this.#evidenceOptions = { leastWorse, leastBetter, shiftDeviation };
    this.#window = new ErrorWindow(all.maxWindow);
  }

  /** Whether the last update found that the error fell. */
  get improvementDetected(): boolean {
    return this.verdict === 'improvement';
  }

  /** The drift or the improvement that the last update found; null where it found none. */
  get change(): ErrorChange | null {
    return this.#change;
  }

  /** Mean error of the window; 0 where it is empty. */
  get estimation(): number {
    const { size, total } = this.#window.pooled();
    return size === 0 ? 0 : total / size;
  }

  protected learn(value: number): Verdict {
    this.#window.add(value);
    this.#change = null;
    const { worse, better } = windowEvidence(this.#window, this.#evidenceOptions);
    const { runLength, warningRunLength, improvementRunLength } = this.#options;
    if (worse.sum >= runLength) return this.#found('drift', worse);
    if (better.sum >= improvementRunLength) {
      this.#window.keepNewest(better.newer.size);
      return this.#found('improvement', better);
    }
    return worse.sum >= warningRunLength ? 'warning' : 'stable';
  }

  #found(verdict: Verdict, { older, newer }: WindowEvidence): Verdict {
    this.#change = { before: meanOf(older), after: meanOf(newer), values: newer.size };
    return verdict;
  }

  protected clear(): void {
    this.#window.clear();
    this.#change = null;
  }

  protected contents(): PartState {
    const change = { tensors: {}, values: changeValues(this.#change) };
    return joinStates({ window: this.#window.state(), found: change });
  }

  protected load(state: PartState): void {
    const change = readChange(partOfState(state, 'found'));
    this.#window.restore(partOfState(state, 'window'));
    this.#change = change;
  }
}

/** The detector of errors that Tendril uses where nothing else is asked for. */
export function createDefaultErrorDetector(options: Partial<ErrorDetectorOptions> = {}): ErrorDetector {
  return new ErrorDetector(options);
}
