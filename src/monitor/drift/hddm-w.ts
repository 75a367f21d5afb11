import type { PartState } from '../../core/part-state.ts';
import { readTensor } from '../../core/read-state.ts';
import { requireOption, UNIT_RANGE } from './drift-detector.ts';
import { GuardedDetector, type Verdict } from './guarded-detector.ts';
import { HDDM_A_DEFAULTS, type HddmAOptions } from './hddm-a.ts';
import { EMPTY_SAMPLE, readSample, SAMPLE_SIZE, sampleNumbers, weightedWith } from './weighted-sample.ts';

export interface HddmWOptions extends HddmAOptions {
  /** Weight of the newest value. */
  readonly lambda: number;
}

export const HDDM_W_DEFAULTS: HddmWOptions = { ...HDDM_A_DEFAULTS, lambda: 0.05 };

const SAMPLES = 5;

/**
 * McDiarmid's bounds on weighted averages: compares what came after the point where the weighted mean was surely lowest with what came before
 * (Frías-Blanco et al., IEEE TKDE 2015). Step for step as River's `drift.binary.HDDMW`.
 */
export class HddmW extends GuardedDetector {
  readonly #options: HddmWOptions;
  #all = EMPTY_SAMPLE;
  #untilLowest = EMPTY_SAMPLE;
  #sinceLowest = EMPTY_SAMPLE;
  #untilHighest = EMPTY_SAMPLE;
  #sinceHighest = EMPTY_SAMPLE;

  /** @throws INVALID_CONFIG */
  constructor(options: Partial<HddmWOptions> = {}) {
    super(UNIT_RANGE);
    this.#options = { ...HDDM_W_DEFAULTS, ...options };
    requireOption('driftConfidence', this.#options.driftConfidence, Number.MIN_VALUE, 1);
    requireOption('warningConfidence', this.#options.warningConfidence, Number.MIN_VALUE, 1);
    requireOption('lambda', this.#options.lambda, 0, 1);
  }

  protected learn(value: number): Verdict {
    const { driftConfidence, warningConfidence, lambda } = this.#options;
    this.#all = weightedWith(this.#all, value, lambda);
    this.#moveLowest(value);
    this.#moveHighest(value);
    if (this.#hasChanged(driftConfidence)) return 'drift';
    return this.#hasChanged(warningConfidence) ? 'warning' : 'stable';
  }

  #moveLowest(value: number): void {
    const { driftConfidence, lambda } = this.#options;
    const [all, until] = [this.#all, this.#untilLowest];
    const bound = deviation(all.squares, driftConfidence);
    if (until.isEmpty || all.mean + bound < until.mean + deviation(until.squares, driftConfidence)) {
      [this.#untilLowest, this.#sinceLowest] = [all, EMPTY_SAMPLE];
    } else this.#sinceLowest = weightedWith(this.#sinceLowest, value, lambda);
  }

  #moveHighest(value: number): void {
    const { driftConfidence, lambda } = this.#options;
    const [all, until] = [this.#all, this.#untilHighest];
    const bound = deviation(all.squares, driftConfidence);
    if (until.isEmpty || all.mean - bound > until.mean - deviation(until.squares, driftConfidence)) {
      [this.#untilHighest, this.#sinceHighest] = [all, EMPTY_SAMPLE];
    } else this.#sinceHighest = weightedWith(this.#sinceHighest, value, lambda);
  }

  #hasChanged(confidence: number): boolean {
    if (isAbove(this.#sinceLowest, this.#untilLowest, confidence)) return true;
    return this.#options.twoSided && isAbove(this.#untilHighest, this.#sinceHighest, confidence);
  }

  protected clear(): void {
    this.#all = EMPTY_SAMPLE;
    [this.#untilLowest, this.#sinceLowest] = [EMPTY_SAMPLE, EMPTY_SAMPLE];
    [this.#untilHighest, this.#sinceHighest] = [EMPTY_SAMPLE, EMPTY_SAMPLE];
  }

  protected contents(): PartState {
    const kept = [this.#all, this.#untilLowest, this.#sinceLowest, this.#untilHighest, this.#sinceHighest];
    return { tensors: { samples: Float64Array.from(kept.flatMap(sampleNumbers)) }, values: {} };
  }

  protected load(state: PartState): void {
    const numbers = readTensor(state, 'samples', 'f64', SAMPLES * SAMPLE_SIZE);
    const sample = (index: number) => readSample(numbers, index * SAMPLE_SIZE, this.range);
    const [all, untilLowest, sinceLowest, untilHighest, sinceHighest] = [
      sample(0),
      sample(1),
      sample(2),
      sample(3),
      sample(4),
    ];
    [this.#all, this.#untilLowest, this.#sinceLowest] = [all, untilLowest, sinceLowest];
    [this.#untilHighest, this.#sinceHighest] = [untilHighest, sinceHighest];
  }
}

type Sample = typeof EMPTY_SAMPLE;

function deviation(squares: number, confidence: number): number {
  return Math.sqrt((squares * Math.log(1 / confidence)) / 2);
}

function isAbove(upper: Sample, lower: Sample, confidence: number): boolean {
  if (upper.isEmpty || lower.isEmpty) return false;
  return upper.mean - lower.mean > deviation(upper.squares + lower.squares, confidence);
}
