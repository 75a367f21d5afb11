import type { PartState } from '../../core/part-state.ts';
import { corrupt, readCount, readRngState, readTensor } from '../../core/read-state.ts';
import { Rng } from '../../core/rng.ts';
import { requireCount, requireOption, UNIT_RANGE, type ValueRange } from './drift-detector.ts';
import { GuardedDetector, type Verdict } from './guarded-detector.ts';
import { kolmogorovSmirnov, kolmogorovSmirnovChance } from './kolmogorov-smirnov.ts';

export interface KswinOptions {
  /** Chance of an alarm at one comparison where nothing changed. One is made for each value, so it has to be small. */
  readonly alpha: number;
  /** Values that are kept. */
  readonly windowSize: number;
  /** Newest values, and as many drawn from those before, that are compared; at most half of the window. */
  readonly statSize: number;
  /** Of what is drawn; any integer. */
  readonly seed: number;
  readonly range: ValueRange;
}

export const KSWIN_DEFAULTS: KswinOptions = { alpha: 0.005, windowSize: 100, statSize: 30, seed: 1, range: UNIT_RANGE };

/** Below it a difference says nothing, whatever its chance (River). */
const SMALLEST_STATISTIC = 0.1;

/**
 * Kolmogorov-Smirnov windowing: compares the distribution of the newest values with that of others drawn from the window before them (Raab,
 * Heusinger and Schleif, Neurocomputing 2020). The test of River's `drift.KSWIN`; what is drawn comes from our own random numbers.
 */
export class Kswin extends GuardedDetector {
  readonly #options: KswinOptions;
  #window: number[] = [];
  #rng: Rng;

  /** @throws INVALID_CONFIG */
  constructor(options: Partial<KswinOptions> = {}) {
    const all = { ...KSWIN_DEFAULTS, ...options };
    super(all.range);
    this.#options = all;
    requireOption('alpha', all.alpha, 0, 1);
    requireCount('statSize', all.statSize, 1, 10_000);
    requireCount('windowSize', all.windowSize, 2 * all.statSize, 1_000_000);
    this.#rng = Rng.fromSeed(all.seed);
  }

  protected learn(value: number): Verdict {
    const { alpha, windowSize, statSize } = this.#options;
    this.#window.push(value);
    if (this.#window.length > windowSize) this.#window.shift();
    if (this.#window.length < windowSize) return 'stable';
    const statistic = kolmogorovSmirnov(this.#drawn(), this.#window.slice(-statSize));
    return statistic > SMALLEST_STATISTIC && kolmogorovSmirnovChance(statistic, statSize) <= alpha ? 'drift' : 'stable';
  }

  /** Without replacement: the start of a Fisher-Yates shuffle. */
  #drawn(): number[] {
    const { windowSize, statSize } = this.#options;
    const older = this.#window.slice(0, windowSize - statSize);
    for (let i = 0; i < statSize; i++) {
      const j = i + this.#rng.nextInt(older.length - i);
      [older[i], older[j]] = [older[j]!, older[i]!];
    }
    return older.slice(0, statSize);
  }

  protected clear(): void {
    this.#window = [];
    this.#rng = Rng.fromSeed(this.#options.seed);
  }

  protected contents(): PartState {
    const values = { size: this.#window.length, rng: [...this.#rng.state()] };
    return { tensors: { window: Float64Array.from(this.#window) }, values };
  }

  protected load(state: PartState): void {
    const size = readCount(state, 'size', 0, this.#options.windowSize);
    const window = readTensor(state, 'window', 'f64', size);
    const { least, most } = this.range;
    if (!window.every((value) => value >= least && value <= most)) throw corrupt('window has a number out of range');
    const rng = Rng.fromState(readRngState(state, 'rng'));
    [this.#window, this.#rng] = [[...window], rng];
  }
}
