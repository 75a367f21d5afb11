import type { PartState, StateTensor } from '../../core/part-state.ts';
import type { Rng } from '../../core/rng.ts';
import { corrupt, readTensor } from '../../core/read-state.ts';

export interface LeafShape {
  readonly inputSize: number;
  readonly leaves: number;
  /** Inputs that a leaf looks at, drawn for each. */
  readonly inputs: number;
  readonly bins: number;
}

/** What a leaf knows must be this much before it fades, so that it follows a slow drift. */
const MOST_WEIGHT = 3000;

/** Rows that what was known above a leaf counts as, and that each bin of a class starts with. */
const PRIOR_WEIGHT = 4;
const PRIOR = 0.5;

/** Logarithms of the whole numbers below its length, each with PRIOR: most weights are whole, and a logarithm costs more than a look-up. */
const LOGS = Float64Array.from({ length: 1024 }, (_, weight) => Math.log(weight + PRIOR));

/** Class counts of the leaves of a Hoeffding tree, and for each of their inputs a histogram of the classes over its range. */
export class LeafStatistics {
  readonly shape: LeafShape;
  classes: number;
  /** [leaves, inputs] which input */
  readonly input: Int32Array<ArrayBuffer>;
  /** [leaves, inputs] lower end of the histogram, and bins a unit */
  readonly low: Float32Array<ArrayBuffer>;
  readonly scale: Float32Array<ArrayBuffer>;
  /** [leaves, inputs, bins, classes] */
  histograms: Float32Array<ArrayBuffer>;
  /** [leaves, classes] */
  counts: Float32Array<ArrayBuffer>;
  /** [leaves, classes] what the node above knew of the classes on this side of its split. */
  #priors: Float32Array<ArrayBuffer>;
  readonly total: Float32Array<ArrayBuffer>;
  /** Weight since a split was last tried. */
  readonly waiting: Float32Array<ArrayBuffer>;
  /** How much better naive Bayes was than the class counts, recently. */
  readonly bayesGain: Float32Array<ArrayBuffer>;
  readonly #pool: Int32Array;

  static bytes({ inputs, bins }: Omit<LeafShape, 'leaves'>, classCount: number): number {
    return 4 * (inputs * (3 + bins * classCount) + 2 * classCount + 3 + 8);
  }

  constructor(shape: LeafShape, classCount: number) {
    this.shape = shape;
    this.classes = classCount;
    const { leaves, inputs, bins } = shape;
    this.input = new Int32Array(leaves * inputs);
    this.low = new Float32Array(leaves * inputs);
    this.scale = new Float32Array(leaves * inputs);
    this.histograms = new Float32Array(leaves * inputs * bins * classCount);
    this.counts = new Float32Array(leaves * classCount);
    this.#priors = new Float32Array(leaves * classCount);
    this.total = new Float32Array(leaves);
    this.waiting = new Float32Array(leaves);
    this.bayesGain = new Float32Array(leaves);
    this.#pool = Int32Array.from({ length: shape.inputSize }, (_, index) => index);
  }

  growClasses(count: number): void {
    if (count <= this.classes) return;
    this.histograms = spread(this.histograms, this.classes, count);
    this.counts = spread(this.counts, this.classes, count);
    this.#priors = spread(this.#priors, this.classes, count);
    this.classes = count;
  }

  /** Makes an empty leaf that looks at inputs drawn now. @param ranges [inputSize, 2] where the leaf lies @param prior [classes] adds up to 1 */
  reset(leaf: number, ranges: Float32Array, prior: Float64Array, rng: Rng): void {
    const { inputs, bins, inputSize } = this.shape;
    // What is drawn must follow from the rng alone, not from earlier draws: those are not part of the state.
    for (let i = 0; i < inputSize; i++) this.#pool[i] = i;
    for (let i = 0; i < inputs; i++) {
      const drawn = i + rng.nextInt(inputSize - i);
      [this.#pool[i], this.#pool[drawn]] = [this.#pool[drawn]!, this.#pool[i]!];
      const input = this.#pool[i]!;
      const [low, high] = [ranges[2 * input]!, ranges[2 * input + 1]!];
      this.input[leaf * inputs + i] = input;
      this.low[leaf * inputs + i] = low;
      this.scale[leaf * inputs + i] = high > low ? bins / (high - low) : 0;
    }
    const size = inputs * bins * this.classes;
    this.histograms.fill(0, leaf * size, (leaf + 1) * size);
    this.counts.fill(0, leaf * this.classes, (leaf + 1) * this.classes);
    this.#priors.set(prior, leaf * this.classes);
    this.total[leaf] = 0;
    this.waiting[leaf] = 0;
    this.bayesGain[leaf] = 0;
  }

  learnOne(leaf: number, x: Float32Array, label: number, weight: number): void {
    const { histograms } = this;
    for (let i = leaf * this.shape.inputs, end = i + this.shape.inputs; i < end; i++)
      histograms[this.#binOf(i, x) + label]! += weight;
    this.counts[leaf * this.classes + label]! += weight;
    this.total[leaf]! += weight;
    this.waiting[leaf]! += weight;
    if (this.total[leaf]! > MOST_WEIGHT) this.#halve(leaf);
  }

  /** The counts together with what was known above. */
  classShares(leaf: number, out: Float64Array): void {
    const total = this.total[leaf]! + PRIOR_WEIGHT;
    for (let c = 0; c < this.classes; c++) {
      const at = leaf * this.classes + c;
      out[c] = (this.counts[at]! + PRIOR_WEIGHT * this.#priors[at]!) / total;
    }
  }

  /** Logarithms of the naive Bayes posteriors, up to a constant. */
  bayesScores(leaf: number, x: Float32Array, out: Float64Array): void {
    const { classes, histograms } = this;
    const { inputs, bins } = this.shape;
    for (let c = 0; c < classes; c++) {
      const at = leaf * classes + c;
      const count = this.counts[at]!;
      out[c] = Math.log(count + PRIOR_WEIGHT * this.#priors[at]! + 1e-3) - inputs * Math.log(count + PRIOR * bins);
    }
    for (let i = leaf * inputs, end = i + inputs; i < end; i++) {
      const bin = this.#binOf(i, x);
      for (let c = 0; c < classes; c++) out[c]! += logOf(histograms[bin + c]!);
    }
  }

  /** @param at which histogram @returns place of its bin for `x`, of the first class */
  #binOf(at: number, x: Float32Array): number {
    const { bins } = this.shape;
    const bin = Math.floor((x[this.input[at]!]! - this.low[at]!) * this.scale[at]!);
    return (at * bins + (bin > 0 ? Math.min(bins - 1, bin) : 0)) * this.classes;
  }

  #halve(leaf: number): void {
    const size = this.shape.inputs * this.shape.bins * this.classes;
    for (let i = leaf * size; i < (leaf + 1) * size; i++) this.histograms[i]! /= 2;
    for (let i = leaf * this.classes; i < (leaf + 1) * this.classes; i++) this.counts[i]! /= 2;
    this.total[leaf]! /= 2;
  }

  state(): PartState {
    const { input, low, scale, histograms, counts, total, waiting, bayesGain } = this;
    const all = { input, low, scale, histograms, counts, total, waiting, bayesGain };
    const tensors: Record<string, StateTensor> = { priors: this.#priors.slice() };
    for (const [name, array] of Object.entries(all)) tensors[name] = array.slice();
    return { tensors, values: {} };
  }

  restore(state: PartState): void {
    const input = readTensor(state, 'input', 'i32', this.input.length);
    if (input.some((index) => index < 0 || index >= this.shape.inputSize)) throw corrupt('a leaf looks at no input');
    const read = (name: 'low' | 'scale' | 'histograms' | 'counts' | 'total' | 'waiting' | 'bayesGain') =>
      readTensor(state, name, 'f32', this[name].length);
    const [low, scale, histograms, counts] = [read('low'), read('scale'), read('histograms'), read('counts')];
    const [total, waiting, bayesGain] = [read('total'), read('waiting'), read('bayesGain')];
    const priors = readTensor(state, 'priors', 'f32', this.#priors.length);
    this.input.set(input);
    this.#priors = priors;
    this.low.set(low);
    this.scale.set(scale);
    this.histograms = histograms;
    this.counts = counts;
    this.total.set(total);
    this.waiting.set(waiting);
    this.bayesGain.set(bayesGain);
  }
}

/** Logarithm of a weight with PRIOR. */
function logOf(weight: number): number {
  const whole = weight >>> 0;
  return whole === weight && whole < LOGS.length ? LOGS[whole]! : Math.log(weight + PRIOR);
}

/** Rows of `from` values become rows of `to`. */
function spread(values: Float32Array<ArrayBuffer>, from: number, to: number): Float32Array<ArrayBuffer> {
  const larger = new Float32Array((values.length / from) * to);
  for (let row = 0; row * from < values.length; row++)
    larger.set(values.subarray(row * from, (row + 1) * from), row * to);
  return larger;
}
