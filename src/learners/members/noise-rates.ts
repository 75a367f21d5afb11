import type { PartState } from '../../core/part-state.ts';
import { grown } from './class-arrays.ts';
import { readNumber, readTensor } from '../../core/read-state.ts';

const FIRST_RATE = 0.05;
const LEAST_RATE = 0.001;
const MOST_RATE = 0.4;
/** So that a class which is hardly ever seen takes no leaps. */
const LEAST_INFORMATION = 0.3;
/** Rates are running means over about so many labels … */
const WINDOW = 300;
/** … and what came lately over so many. */
const RECENT_WINDOW = 15;
/** Standard deviations by which labels may seem wrong more often than of late before the model is doubted, not the labels. */
const DOUBT = 4;

/**
 * How often the labels of each class are wrong, any other class in its place being as likely: class-conditional noise (Natarajan et al. 2013, doi
 * 10.5555/2999611.2999745; Patrini et al. 2017, arXiv 1609.03683), estimated by second-order steps
 * up the likelihood of the labels, given what a model says of the true classes.
 */
export class NoiseRates {
  /** [classes] */
  #rates: Float64Array<ArrayBuffer>;
  /** [classes] Running mean of the squared slopes. */
  #information: Float64Array<ArrayBuffer>;
  #mean = FIRST_RATE;
  #recent = FIRST_RATE;

  constructor(classCount: number) {
    this.#rates = new Float64Array(classCount).fill(FIRST_RATE);
    this.#information = new Float64Array(classCount).fill(1);
  }

  growClasses(count: number): void {
    const known = this.#rates.length;
    this.#rates = grown(this.#rates, count);
    this.#rates.fill(FIRST_RATE, known);
    this.#information = grown(this.#information, count);
    this.#information.fill(1, known);
  }

  /** Chance that a row of this class is labelled otherwise. */
  rateOf(label: number): number {
    return this.#rates[label]!;
  }

  /** Chance that a row of another class gets this label, over the other classes alike. */
  rateInto(label: number): number {
    const classes = this.#rates.length;
    if (classes < 2) return 0;
    let total = -this.#rates[label]!;
    for (let c = 0; c < classes; c++) total += this.#rates[c]!;
    return total / (classes - 1) ** 2;
  }

  /** Labels seem wrong far more often than they did: that is drift, and they are to be believed. */
  get isDrift(): boolean {
    const deviation = Math.sqrt((this.#mean * (1 - this.#mean)) / (2 * RECENT_WINDOW - 1));
    return this.#recent > this.#mean + DOUBT * deviation;
  }

  /** From probabilities of the true class to those of the label, in place. @param probabilities [classes] */
  toLabel(probabilities: Float64Array): void {
    const classes = probabilities.length;
    if (classes < 2) return;
    let moved = 0;
    for (let c = 0; c < classes; c++) moved += (this.#rates[c]! * probabilities[c]!) / (classes - 1);
    for (let c = 0; c < classes; c++) {
      const lost = this.#rates[c]! * probabilities[c]!;
      probabilities[c]! += moved - lost / (classes - 1) - lost;
    }
  }

  /** Probabilities of the true class once the label is known. @param probabilities [classes] before it was @param out [classes] may be the same array */
  posterior(probabilities: Float64Array, label: number, out: Float64Array): void {
    const classes = probabilities.length;
    let total = 0;
    for (let c = 0; c < classes; c++) {
      const rate = this.#rates[c]!;
      total += out[c] = probabilities[c]! * (c === label ? 1 - rate : rate / (classes - 1));
    }
    if (total > 0) for (let c = 0; c < classes; c++) out[c]! /= total;
    else out.fill(0)[label] = 1;
  }

  /** @param posterior [classes] of this label, from probabilities that are no surer than is known */
  learnOne(posterior: Float64Array, label: number, weight: number): void {
    const classes = posterior.length;
    const step = Math.min(1, weight);
    for (let c = 0; c < classes; c++) {
      const rate = this.#rates[c]!;
      // Slope of the label's log probability.
      const slope = c === label ? -posterior[c]! / (1 - rate) : posterior[c]! / rate;
      this.#information[c]! += (step / WINDOW) * (slope * slope - this.#information[c]!);
      const next = rate + (step * slope) / (WINDOW * Math.max(LEAST_INFORMATION, this.#information[c]!));
      this.#rates[c] = Math.max(LEAST_RATE, Math.min(MOST_RATE, next));
    }
    const wrong = 1 - posterior[label]!;
    this.#mean += (step / WINDOW) * (wrong - this.#mean);
    this.#recent += (step / RECENT_WINDOW) * (wrong - this.#recent);
  }

  state(): PartState {
    return {
      tensors: { rates: this.#rates.slice(), information: this.#information.slice() },
      values: { mean: this.#mean, recent: this.#recent },
    };
  }

  restore(state: PartState): void {
    const rates = readTensor(state, 'rates', 'f64', this.#rates.length);
    const information = readTensor(state, 'information', 'f64', this.#information.length);
    const mean = readNumber(state, 'mean', 0, 1);
    this.#recent = readNumber(state, 'recent', 0, 1);
    this.#rates = rates.map((rate) => Math.max(LEAST_RATE, Math.min(MOST_RATE, rate)));
    [this.#information, this.#mean] = [information, mean];
  }
}
