import type { PartState } from '../../core/part-state.ts';
import { checkWhole, copyArrays, joinStates, partOfState, restoreArrays } from '../regression/part-arrays.ts';
import { RobustScale } from '../regression/robust-scale.ts';
import { MAX_TIME } from './series-history.ts';

/** In running median sizes of the surprises: about five standard deviations of a normal one. */
const CUT = 8;

/**
 * Keeps wild values out of the history that forecasts are made from, as robust smoothing does (Gelper, Fried and Croux 2010, doi 10.1002/for.1125): a value
 * far from what was forecast is moved most of the way there, unless the value before it was about the same: then the forecast is wrong, or the
 * series has moved.
 */
export class OutlierFilter {
  readonly #scale = new RobustScale(30);
  /** [time, value, 1 where it was moved] of the newest value, as it came */
  readonly #last = new Float64Array(3);

  /**
   * @param before what was taken for the value before @param unit size of the usual differences between the two
   * @returns what to take for `value`, and what the value before is after all, where that changes
   */
  filter(
    time: number,
    value: number,
    expected: number,
    before: number,
    unit: number,
  ): { readonly value: number; readonly before?: number } {
    const [lastTime, lastValue, lastMoved] = [this.#last[0]!, this.#last[1]!, this.#last[2]!];
    const surprise = value - expected;
    const trust = this.#scale.trust(surprise, CUT);
    this.#scale.update(surprise);
    const follows = lastMoved === 1 && lastTime === time - 1;
    const confirms = follows && Math.abs(value - lastValue) <= CUT * unit;
    const moved = trust < 1 && !confirms && Math.abs(value - before) > CUT * unit;
    this.#last.set([time, value, moved ? 1 : 0]);
    if (moved) return { value: expected + trust * surprise };
    return confirms ? { value, before: lastValue } : { value };
  }

  state(): PartState {
    return joinStates({ own: copyArrays({ last: this.#last }), scale: this.#scale.state() });
  }

  restore(state: PartState): void {
    const own = partOfState(state, 'own');
    checkWhole('newest', own.tensors.last?.[0], -MAX_TIME, MAX_TIME);
    checkWhole('moved', own.tensors.last?.[2], 0, 1);
    this.#scale.restore(partOfState(state, 'scale'));
    restoreArrays({ last: this.#last }, own);
  }
}
