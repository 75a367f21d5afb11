import type { PartState } from '../../core/part-state.ts';
import { checkWhole, copyArrays, joinStates, partOfState, restoreArrays } from '../regression/part-arrays.ts';
import { RobustScale } from '../regression/robust-scale.ts';
import { MAX_TIME } from './series-history.ts';

/** In running median sizes of the surprises: about five standard deviations of a normal one. */
const CUT = 8;

/**
 * Keeps wild values out of the history that forecasts are made from, as robust smoothing does (Gelper, Fried and Croux 2010, doi 10.1002/for.1125): a value
 * far from what was forecast is moved most of the way there, unless the one just before was as far out at about the same place: then the
 * series has moved.
 */
export class OutlierFilter {
  readonly #scale = new RobustScale(30);
  /** [time, value, 1 where it was moved] of the newest value, as it came */
  readonly #last = new Float64Array(3);

  /** @returns what to take for `value`, and what the value before it is after all, where that changes */
  filter(time: number, value: number, expected: number): { readonly value: number; readonly before?: number } {
    const last = this.#last;
    const surprise = value - expected;
    const trust = this.#scale.trust(surprise, CUT);
    this.#scale.update(surprise);
    const follows = last[2] === 1 && last[0] === time - 1;
    const confirms = follows && this.#scale.trust(value - last[1]!, CUT) === 1;
    const before = last[1]!;
    last.set([time, value, trust < 1 && !confirms ? 1 : 0]);
    if (trust === 1) return { value };
    return confirms ? { value, before } : { value: expected + trust * surprise };
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
