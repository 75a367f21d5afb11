import { normaliseInPlace } from './class-arrays.ts';
import type { LeafStatistics } from './leaf-statistics.ts';

export interface Split {
  readonly input: number;
  readonly threshold: number;
  /** [classes] how the weight on each side is spread over the classes; adds up to 1. */
  readonly left: Float64Array;
  readonly right: Float64Array;
}

const CONFIDENCE = 0.1;
/** With a bound this small the best two are as good as each other. */
const TIE = 0.15;
/** A child with less than this share of the weight is no split. */
const LEAST_SHARE = 0.01;

/**
 * The best split of a leaf by information gain, or none: when the Hoeffding bound does not yet tell it from the second best, or from no split
 * (Domingos and Hulten 2000, doi 10.1145/347090.347107). Candidates are the edges of the histograms' bins.
 */
export class SplitSearch {
  #left: Float64Array;
  #all: Float64Array;

  constructor(classCount: number) {
    this.#left = new Float64Array(classCount);
    this.#all = new Float64Array(classCount);
  }

  best(statistics: LeafStatistics, leaf: number): Split | null {
    const { classes, shape, counts } = statistics;
    if (this.#all.length !== classes) [this.#left, this.#all] = [new Float64Array(classes), new Float64Array(classes)];
    let present = 0;
    for (let c = 0; c < classes; c++) {
      this.#all[c] = counts[leaf * classes + c]!;
      if (this.#all[c]! > 0) present++;
    }
    if (present < 2) return null;
    const total = statistics.total[leaf]!;
    const before = entropy(this.#all, total);
    let [best, second, input, edge] = [0, 0, -1, 0];
    for (let i = 0; i < shape.inputs; i++) {
      const found = this.#bestEdge(statistics, leaf * shape.inputs + i, total);
      const gain = before - found.entropy;
      if (gain > best) [second, best, input, edge] = [best, gain, i, found.edge];
      else if (gain > second) second = gain;
    }
    const bound = Math.sqrt((Math.log2(present) ** 2 * Math.log(1 / CONFIDENCE)) / (2 * total));
    if (input < 0 || best < bound / 2 || (best - second <= bound && bound >= TIE)) return null;
    const at = leaf * shape.inputs + input;
    const threshold = statistics.low[at]! + edge / statistics.scale[at]!;
    return { input: statistics.input[at]!, threshold, ...this.#sides(statistics, at, edge) };
  }

  #sides({ classes, histograms, shape }: LeafStatistics, at: number, edge: number) {
    const [left, right] = [new Float64Array(classes), new Float64Array(classes)];
    for (let bin = 0; bin < shape.bins; bin++) {
      const side = bin < edge ? left : right;
      for (let c = 0; c < classes; c++) side[c]! += histograms[(at * shape.bins + bin) * classes + c]!;
    }
    for (const side of [left, right]) {
      for (let c = 0; c < classes; c++) side[c]! += 1 / classes;
      normaliseInPlace(side);
    }
    return { left, right };
  }

  /** @param at which histogram */
  #bestEdge(statistics: LeafStatistics, at: number, total: number): { entropy: number; edge: number } {
    const { classes, histograms } = statistics;
    const { bins } = statistics.shape;
    const left = this.#left.fill(0);
    let [leftTotal, least, edge] = [0, Infinity, 0];
    if (statistics.scale[at] === 0) return { entropy: least, edge };
    for (let bin = 0; bin + 1 < bins; bin++) {
      const start = (at * bins + bin) * classes;
      let added = 0;
      for (let c = 0; c < classes; c++) {
        left[c]! += histograms[start + c]!;
        added += histograms[start + c]!;
      }
      leftTotal += added;
      if (added === 0 || leftTotal < LEAST_SHARE * total || total - leftTotal < LEAST_SHARE * total) continue;
      const mixed = this.#splitEntropy(leftTotal, total);
      if (mixed < least) [least, edge] = [mixed, bin + 1];
    }
    return { entropy: least, edge };
  }

  #splitEntropy(leftTotal: number, total: number): number {
    const [left, all] = [this.#left, this.#all];
    const rightTotal = total - leftTotal;
    let bits = leftTotal * Math.log2(leftTotal) + rightTotal * Math.log2(rightTotal);
    for (let c = 0; c < left.length; c++) {
      const right = all[c]! - left[c]!;
      if (left[c]! > 0) bits -= left[c]! * Math.log2(left[c]!);
      if (right > 0) bits -= right * Math.log2(right);
    }
    return bits / total;
  }
}

function entropy(counts: Float64Array, total: number): number {
  let bits = total * Math.log2(total);
  for (let c = 0; c < counts.length; c++) if (counts[c]! > 0) bits -= counts[c]! * Math.log2(counts[c]!);
  return bits / total;
}
