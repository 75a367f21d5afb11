import type { PartState } from '../../core/part-state.ts';
import { joinStates, partOfState } from '../../core/read-state.ts';
import {
  changeEvidence,
  dispersion,
  evidenceBound,
  meanOf,
  olderOf,
  variance,
  type Segment,
} from './change-evidence.ts';
import { requireCount, requireOption, UNIT_RANGE } from './drift-detector.ts';
import { changeValues, readChange, type ErrorChange } from './error-change.ts';
import { ErrorWindow } from './error-window.ts';
import { GuardedDetector, type Verdict } from './guarded-detector.ts';

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

/** Places whose evidence is so far below the threshold, in logarithms, are left out of the sum. */
const NEGLIGIBLE = 6;

/**
 * Tells when an error got worse, by errors (0 or 1), losses or 1 − rewards in [0, 1]. For each place of a window where the mean may have changed,
 * {@link changeEvidence} weighs a change against none, the means on both sides unknown; the sum over all places is the statistic of
 * Shiryaev (1963) and Roberts (1966), an e-detector (Shin, Ramdas and Rinaldo 2023, arXiv 2203.03532): alarmed at `runLength`, it is about
 * so many values from one false alarm to the next. No number of values before a change is needed, few only give less evidence. A sum over
 * places asks less of a change that lasts than their maximum does, for the maximum of many short stretches is high by chance.
 *
 * An error that falls is no drift: it is an improvement, and what was before it is no longer what is normal, so that a model which learns is judged by
 * what it has reached.
 */
export class ErrorDetector extends GuardedDetector {
  readonly #options: ErrorDetectorOptions;
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
    const { worse, better } = this.#evidence();
    const { runLength, warningRunLength, improvementRunLength } = this.#options;
    if (worse.sum >= runLength) return this.#found('drift', worse);
    if (better.sum >= improvementRunLength) {
      this.#window.keepNewest(better.newer.size);
      return this.#found('improvement', better);
    }
    return worse.sum >= warningRunLength ? 'warning' : 'stable';
  }

  #found(verdict: Verdict, { older, newer }: Evidence): Verdict {
    this.#change = { before: meanOf(older), after: meanOf(newer), values: newer.size };
    return verdict;
  }

  /** For either direction. */
  #evidence(): { worse: Evidence; better: Evidence } {
    const { runLength, warningRunLength, improvementRunLength, shiftDeviation } = this.#options;
    const all = this.#window.pooled();
    const [mean, scale] = [meanOf(all), dispersion(all)];
    const spread = variance(mean) * scale;
    const leastWorse = Math.log(Math.min(runLength, warningRunLength)) - NEGLIGIBLE;
    const leastBetter = Math.log(improvementRunLength) - NEGLIGIBLE;
    const [worse, better] = [new Evidence(), new Evidence()];
    this.#window.forEachSplit((size, total, places) => {
      const isWorse = total > mean * size;
      const bound = evidenceBound(size, total, all, spread) + Math.log(places);
      if (bound < (isWorse ? leastWorse : leastBetter)) return;
      const newer = { size, total: Math.min(size, total) };
      const older = olderOf(all, newer);
      const evidence = places * changeEvidence(older, newer, all, scale, shiftDeviation);
      (isWorse ? worse : better).add(evidence, older, newer);
    });
    return { worse, better };
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

/** Summed over places, and the one that most speaks for. */
class Evidence {
  sum = 0;
  older: Segment = { size: 0, total: 0 };
  newer: Segment = { size: 0, total: 0 };
  #most = 0;

  add(evidence: number, older: Segment, newer: Segment): void {
    this.sum += evidence;
    if (evidence <= this.#most) return;
    [this.#most, this.older, this.newer] = [evidence, older, newer];
  }
}

/** The detector of errors that Tendril uses where nothing else is asked for. */
export function createDefaultErrorDetector(options: Partial<ErrorDetectorOptions> = {}): ErrorDetector {
  return new ErrorDetector(options);
}
