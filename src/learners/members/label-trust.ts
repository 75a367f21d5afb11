import type { PartState } from '../../core/part-state.ts';
import { PresentClasses } from './present-classes.ts';
import { joinStates, partOfState, readNumber } from '../../core/read-state.ts';

/** Share of the predictions that count as sure: the noise shows where a model is as sure as it gets. */
const SURE_SHARE = 0.3;
const QUANTILE_STEP = 0.01;
const NOISE_WINDOW = 300;
const RECENT_WINDOW = 15;
/** Labels are taken as they are until so many sure predictions were checked … */
const LEAST_CHECKS = 60;
/** … and the correction has its full effect from this share of wrong labels on. */
const FULL_EFFECT = 0.1;
const LEAST_WEIGHT = 0.05;
/** Standard deviations by which sure predictions may fail more often than of late before the model is doubted, not the labels. */
const DOUBT = 2;

/**
 * How far to believe a label: the chance that it is the true one, given what a model that was lately reliable said, if labels are flipped at the rate
 * at which its surest predictions fail (the noise model of Natarajan et al. 2013). When sure predictions suddenly fail more often, that is drift, and
 * labels count in full; so do those of classes that were not there before.
 */
export class LabelTrust {
  readonly #present: PresentClasses;
  #sureFrom = 0.9;
  #checks = 0;
  #noise = 0;
  #recent = 0;

  constructor(classCount: number) {
    this.#present = new PresentClasses(classCount);
  }

  growClasses(count: number): void {
    this.#present.growClasses(count);
  }

  /** Estimated share of wrong labels. */
  get noise(): number {
    return this.#noise;
  }

  /** In (0, 1]. @param probabilities [classes] what the model said before it learned the label */
  weightOf(probabilities: Float64Array, label: number): number {
    const noise = this.#noise;
    const classes = probabilities.length;
    if (this.#checks < LEAST_CHECKS || noise >= 0.5 || this.#isDoubtful() || !this.#present.has(label)) return 1;
    const perClass = noise / (classes - 1);
    let total = 0;
    for (let c = 0; c < classes; c++) total += Math.max(0, probabilities[c]! - perClass);
    if (total <= 0) return 1;
    const isTrue = Math.max(0, probabilities[label]! - perClass) / total;
    const isGiven = (1 - noise) * isTrue + perClass * (1 - isTrue);
    const belief = isGiven > 0 ? ((1 - noise) * isTrue) / isGiven : 0;
    const effect = Math.min(1, noise / FULL_EFFECT);
    return Math.max(LEAST_WEIGHT, 1 - effect * (1 - belief));
  }

  #isDoubtful(): boolean {
    const deviation = Math.sqrt((this.#noise * (1 - this.#noise)) / (2 * RECENT_WINDOW - 1));
    return this.#recent > this.#noise + DOUBT * deviation;
  }

  /** After {@link weightOf}. */
  learnOne(probabilities: Float64Array, label: number): void {
    this.#present.learnOne(label);
    let best = 0;
    for (let c = 1; c < probabilities.length; c++) if (probabilities[c]! > probabilities[best]!) best = c;
    const isSure = probabilities[best]! >= this.#sureFrom;
    this.#sureFrom += QUANTILE_STEP * ((isSure ? 1 : 0) - SURE_SHARE);
    if (!isSure) return;
    const failure = best === label ? 0 : 1;
    this.#checks++;
    this.#noise += (failure - this.#noise) / Math.min(NOISE_WINDOW, this.#checks);
    this.#recent += (failure - this.#recent) / Math.min(RECENT_WINDOW, this.#checks);
  }

  state(): PartState {
    const values = { sureFrom: this.#sureFrom, checks: this.#checks, noise: this.#noise, recent: this.#recent };
    return joinStates({ trust: { tensors: {}, values }, present: this.#present.state() });
  }

  restore(state: PartState): void {
    const trust = partOfState(state, 'trust');
    const sureFrom = readNumber(trust, 'sureFrom', -1, 2);
    const checks = readNumber(trust, 'checks', 0, Number.MAX_SAFE_INTEGER);
    const noise = readNumber(trust, 'noise', 0, 1);
    const recent = readNumber(trust, 'recent', 0, 1);
    this.#present.restore(partOfState(state, 'present'));
    [this.#sureFrom, this.#checks, this.#noise, this.#recent] = [sureFrom, checks, noise, recent];
  }
}
