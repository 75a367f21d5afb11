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

/** So many wild surprises on one side say that the next one is none. */
const STREAK = 3;

/**
 * Exponential smoothing with a damped trend and additive seasons (Holt 1957, Winters 1960, Gardner and McKenzie 1985) in error-correction form, with wild
 * surprises held down (Gelper, Fried and Croux 2010, doi 10.1002/for.1125).
 */
export class ExponentialSmoothing {
  readonly #options: SmoothingOptions;
  /** [level, trend, values seen, newest time] */
  readonly #core = new Float64Array(4);
  readonly #slots: Float64Array<ArrayBuffer>;
  /** [1 + slots] how many surprises were wild on one side lately, signed by the side: in time, and in each slot. */
  readonly #doubts: Int32Array<ArrayBuffer>;
  readonly #scale = new RobustScale(30);

  constructor(options: SmoothingOptions) {
    this.#options = options;
    this.#slots = new Float64Array(Math.max(1, options.season));
    this.#doubts = new Int32Array(1 + this.#slots.length);
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
    const trust = this.#scale.trust(surprise, CUT);
    this.#scale.update(surprise);
    core[2]! += 1;
    const slot = this.#slot(time);
    const toLevel = surprise * this.#confirmed(0, surprise, trust);
    const toSlot = surprise * this.#confirmed(1 + slot, surprise, trust);
    // At first the level is the mean so far, and the slots take what is left.
    const share = Math.max(level, 1 / core[2]!);
    const fade = damping ** steps;
    core[0] = this.forecast(core[3]!, steps) - this.#slots[slot]! + share * toLevel;
    core[1] = core[1]! * fade + trend * toLevel;
    core[3] = time;
    if (season > 0) this.#slots[slot]! += Math.max(seasonal, core[2]! <= season ? 0.5 : 0) * toSlot;
  }

  /** A wild surprise counts in full where the ones before it, in time or in the season's slot, were wild on the same side. */
  #confirmed(place: number, surprise: number, trust: number): number {
    const side = trust < 1 ? Math.sign(surprise) : 0;
    const before = this.#doubts[place]!;
    this.#doubts[place] = side === 0 || before * side < 0 ? side : Math.max(-STREAK, Math.min(STREAK, before + side));
    return side !== 0 && before === STREAK * side ? 1 : trust;
  }

  #slot(time: number): number {
    const rest = time % this.#slots.length;
    return this.#options.season === 0 ? 0 : rest < 0 ? rest + this.#slots.length : rest;
  }

  #arrays() {
    return { core: this.#core, slots: this.#slots, doubts: this.#doubts };
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
