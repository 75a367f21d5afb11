import type { PartState } from '../../core/part-state.ts';
import { checkWhole, copyArrays, joinStates, partOfState, restoreArrays } from '../regression/part-arrays.ts';
import { RobustScale } from '../regression/robust-scale.ts';

export interface SmoothingOptions {
  /** Share of a surprise that goes to the level, to the trend, and to the season's slot. */
  readonly level: number;
  readonly trend: number;
  readonly seasonal: number;
  /** Factor by which the trend fades with each step ahead. */
  readonly damping: number;
  /** Times a season; 0 for none. */
  readonly season: number;
}

/** Surprises count in full up to so many times their running median size. */
const CUT = 5;

/**
 * Exponential smoothing with a damped trend and additive seasons (Holt 1957, Winters 1960, Gardner and McKenzie 1985) in error-correction form, with wild
 * surprises held down (Gelper, Fried and Croux 2010, doi 10.1002/for.1125).
 */
export class ExponentialSmoothing {
  readonly #options: SmoothingOptions;
  /** [level, trend, values seen, newest time] */
  readonly #core = new Float64Array(4);
  readonly #slots: Float64Array<ArrayBuffer>;
  readonly #scale = new RobustScale(30);

  constructor(options: SmoothingOptions) {
    this.#options = options;
    this.#slots = new Float64Array(Math.max(1, options.season));
  }

  /** What the series comes to `horizon` steps after `origin`, the newest time. */
  forecast(origin: number, horizon: number): number {
    const { damping } = this.#options;
    const steps = damping < 1 ? (damping * (1 - damping ** horizon)) / (1 - damping) : horizon;
    return this.#core[0]! + this.#core[1]! * steps + this.#slots[this.#slot(origin + horizon)]!;
  }

  /** Times must rise; those left out count as steps without a surprise. */
  learn(time: number, value: number): void {
    const core = this.#core;
    if (core[2] === 0) core[0] = value;
    const steps = core[2] === 0 ? 1 : time - core[3]!;
    const { level, trend, seasonal, damping, season } = this.#options;
    const surprise = value - this.forecast(core[3]!, steps);
    const counted = surprise * this.#scale.trust(surprise, CUT);
    this.#scale.update(surprise);
    core[2]! += 1;
    const slot = this.#slot(time);
    // At first the level is the mean so far, and the slots take what is left.
    const share = Math.max(level, 1 / core[2]!);
    const fade = damping ** steps;
    core[0] = this.forecast(core[3]!, steps) - this.#slots[slot]! + share * counted;
    core[1] = core[1]! * fade + trend * counted;
    core[3] = time;
    if (season > 0) this.#slots[slot]! += Math.max(seasonal, core[2]! <= season ? 0.5 : 0) * counted;
  }

  #slot(time: number): number {
    const rest = time % this.#slots.length;
    return this.#options.season === 0 ? 0 : rest < 0 ? rest + this.#slots.length : rest;
  }

  #arrays() {
    return { core: this.#core, slots: this.#slots };
  }

  state(): PartState {
    return joinStates({ own: copyArrays(this.#arrays()), scale: this.#scale.state() });
  }

  restore(state: PartState): void {
    const own = partOfState(state, 'own');
    checkWhole('values seen', own.tensors.core?.[2], 0, Number.MAX_SAFE_INTEGER);
    checkWhole('newest time', own.tensors.core?.[3], -Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
    this.#scale.restore(partOfState(state, 'scale'));
    restoreArrays(this.#arrays(), own);
  }
}
