import type { PartState } from '../../core/part-state.ts';
import { readTensor, requireState } from './part-reader.ts';

export interface PositionBiasOptions {
  /**
   * `position`: each place is looked at with a chance of its own, whatever happened above (Craswell et al. 2008, doi 10.1145/1341531.1341545).
   * `cascade`: from the top down until a click; what lies below the last click was not looked at, what lies above it was (same source).
   */
  readonly model: 'position' | 'cascade';
  /** Places with a chance of their own; those below share the last one. */
  readonly places: number;
  /** Lists that are remembered. */
  readonly memory: number;
  /** Expected clicks that the start values are worth. */
  readonly priorClicks: number;
  /** No place is believed to be looked at less often. */
  readonly minimum: number;
}

export const POSITION_BIAS_DEFAULTS: PositionBiasOptions = {
  model: 'cascade',
  places: 20,
  memory: 5000,
  priorClicks: 5,
  minimum: 0.02,
};

/**
 * Learns from logs how often each place of a list is looked at, the first place being 1, and says with that what a click or its absence is worth.
 * The chance of a place is the ratio of its clicks to those that the relevances promise, against the same ratio at the first place: the regression
 * of clicks on relevance that takes the place of the M-step of expectation maximisation in Wang et al. 2018 (doi 10.1145/3159652.3159732), which
 * moves by a fraction of a percent a list where clicks are rare. Needs lists whose order varies with something else than relevance alone: exploration.
 */
export class PositionBias {
  readonly #options: PositionBiasOptions;
  /** [places] discounted clicks, and clicks promised by the relevances. */
  #clicks: Float64Array<ArrayBuffer>;
  #promised: Float64Array<ArrayBuffer>;

  constructor(options: Partial<PositionBiasOptions> = {}) {
    this.#options = { ...POSITION_BIAS_DEFAULTS, ...options };
    this.#clicks = new Float64Array(this.#options.places);
    this.#promised = new Float64Array(this.#options.places);
  }

  /** Chance that a place is looked at; with the cascade, where nothing above it was clicked. The first is 0. */
  examination(place: number): number {
    const index = Math.min(place, this.#options.places - 1);
    if (index === 0) return 1;
    const { priorClicks, minimum } = this.#options;
    // Half as often at the third place, a third at the seventh: the discount of DCG.
    const prior = 1 / Math.log2(index + 2);
    const first = (this.#clicks[0]! + priorClicks) / (this.#promised[0]! + priorClicks);
    const ratio = (this.#clicks[index]! + priorClicks * prior) / (this.#promised[index]! + priorClicks);
    return Math.min(1, Math.max(minimum, ratio / first));
  }

  /**
   * Weight of each place's reward as an observation of its candidate: 1 for a click, and for a place without one the chance that it was looked at
   * nonetheless (the E-step). Changes nothing.
   * @param relevances [places shown] chance of a click on the candidate if it is looked at, as the model estimates it
   * @param clicked [places shown]
   */
  weights(relevances: readonly number[], clicked: readonly boolean[]): Float64Array {
    const lastClick = clicked.lastIndexOf(true);
    return Float64Array.from(clicked, (click, place) => {
      if (click) return 1;
      if (this.#options.model === 'cascade' && lastClick !== -1) return place < lastClick ? 1 : 0;
      const examined = this.examination(place);
      const relevance = chanceOf(relevances[place]);
      const unclicked = 1 - examined * relevance;
      return unclicked <= 0 ? 0 : (examined * (1 - relevance)) / unclicked;
    });
  }

  /** Learns from one list that was shown. Arguments as {@link weights}. */
  learnOne(relevances: readonly number[], clicked: readonly boolean[]): void {
    const kept = 1 - 1 / this.#options.memory;
    for (let place = 0; place < this.#options.places; place++) {
      this.#clicks[place]! *= kept;
      this.#promised[place]! *= kept;
    }
    const firstClick = clicked.indexOf(true);
    const seen = this.#options.model === 'cascade' && firstClick !== -1 ? firstClick + 1 : clicked.length;
    for (let place = 0; place < seen; place++) {
      const index = Math.min(place, this.#options.places - 1);
      this.#clicks[index]! += clicked[place] === true ? 1 : 0;
      this.#promised[index]! += chanceOf(relevances[place]);
    }
  }

  state(): PartState {
    return { tensors: { clicks: this.#clicks.slice(), promised: this.#promised.slice() }, values: {} };
  }

  /** @throws CHECKPOINT_CORRUPT */
  restore(state: PartState): void {
    const clicks = readTensor(state, 'clicks', this.#clicks);
    const promised = readTensor(state, 'promised', this.#promised);
    const counts = [...clicks, ...promised];
    requireState(
      counts.every((count) => count >= 0),
      'a count of clicks is negative',
    );
    [this.#clicks, this.#promised] = [clicks, promised];
  }
}

/** What is no chance counts as the nearest one; what is no number promises nothing. */
function chanceOf(relevance: number | undefined): number {
  return relevance !== undefined && relevance > 0 ? Math.min(1, relevance) : 0;
}
