import type { PartState } from '../../core/part-state.ts';
import { copyArrays, joinStates, partOfState, restoreArrays } from './part-arrays.ts';
import { RobustScale } from './robust-scale.ts';

/** Time constants, in targets. */
const CENTRE_MEMORY = 300;
const SCALE_MEMORY = 100;
const CUT = 4;

/** Running centre and scale of a target, hardly moved by outliers: what makes gradient steps free of the target's unit. */
export class TargetScaler {
  /** [centre, first target] */
  readonly #arrays = { centre: new Float64Array(2) };
  readonly #scale = new RobustScale(SCALE_MEMORY);

  /** Median absolute deviation; 1 while there is none. */
  get scale(): number {
    return this.#scale.value || 1;
  }

  get centre(): number {
    return this.#arrays.centre[0]!;
  }

  /** 0 before the first target. */
  get first(): number {
    return this.#arrays.centre[1]!;
  }

  standardise(target: number): number {
    return (target - this.centre) / this.scale;
  }

  restoreUnit(standardised: number): number {
    return this.centre + this.scale * standardised;
  }

  /** Takes the first target as `first`; later ones change nothing. */
  begin(target: number): void {
    if (this.#scale.count === 0) this.#arrays.centre[1] = target;
  }

  update(target: number, weight: number): void {
    this.begin(target);
    const { centre } = this.#arrays;
    const deviation = target - centre[0]!;
    const rate = Math.min(1, weight / Math.min(this.#scale.count + 1, CENTRE_MEMORY));
    if (this.#scale.count === 0) centre[0] = target;
    else centre[0]! += rate * deviation * this.#scale.trust(deviation, CUT);
    this.#scale.update(target - centre[0]!, weight);
  }

  state(): PartState {
    return joinStates({ own: copyArrays(this.#arrays), scale: this.#scale.state() });
  }

  restore(state: PartState): void {
    this.#scale.restore(partOfState(state, 'scale'));
    restoreArrays(this.#arrays, partOfState(state, 'own'));
  }
}
