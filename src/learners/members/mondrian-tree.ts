import type { PartState } from '../../core/part-state.ts';
import type { Rng } from '../../core/rng.ts';
import { MondrianNodes, NONE } from './mondrian-nodes.ts';

export interface MondrianTreeOptions {
  readonly inputSize: number;
  readonly classCount: number;
  /** Most nodes; the least used leaves make way for new ones. */
  readonly capacity: number;
  /** Rows over which the weights of nodes and the counts in them fade. */
  readonly window: number;
}

/** Learning rate of the aggregation: 1 for the log loss, with which the bound of the paper holds. */
const STEP = 1;
const HALF = Math.log(0.5);
/** A leaf makes way for another only when less than this is left of its rows: what is in use stays. */
const LEAST_USE = 0.05;
/** Leaves that are looked at to find one. */
const CANDIDATES = 12;

/**
 * One tree of an aggregated Mondrian forest (Mourtada, Gaïffas and Scornet 2021, arXiv 1906.10529; as River's AMFClassifier): splits are drawn where
 * rows fall outside of what a node has seen, and a prediction is the exponentially weighted average of all prunings, by tree weighting. Unlike
 * there, nodes are bounded and the past fades.
 */
export class MondrianTree {
  readonly #nodes: MondrianNodes;
  /** Powers of the share that is left after one row; those beyond are computed. */
  readonly #fades: Float64Array;

  constructor({ inputSize, classCount, capacity, window }: MondrianTreeOptions) {
    this.#nodes = new MondrianNodes(inputSize, classCount, capacity);
    this.#fades = Float64Array.from({ length: 512 }, (_, rows) => (1 - 1 / window) ** rows);
  }

  growClasses(count: number): void {
    this.#nodes.growClasses(count);
  }

  /** Adds the prediction for `x` to `out`; `scratch` [classes] is overwritten. */
  addPrediction(x: Float32Array, scratch: Float64Array, out: Float64Array): void {
    const nodes = this.#nodes;
    let node = nodes.root;
    if (node === NONE) {
      for (let c = 0; c < out.length; c++) out[c]! += 1 / out.length;
      return;
    }
    while (nodes.left[node] !== NONE) node = nodes.childFor(node, x);
    for (let c = 0; c < out.length; c++) scratch[c] = nodes.probability(node, c);
    for (node = nodes.parent[node]!; node !== NONE; node = nodes.parent[node]!) {
      const own = Math.exp(nodes.logWeight[node]! - nodes.logTreeWeight[node]! + HALF);
      for (let c = 0; c < out.length; c++) scratch[c] = own * nodes.probability(node, c) + (1 - own) * scratch[c]!;
    }
    for (let c = 0; c < out.length; c++) out[c]! += scratch[c]!;
  }

  learnOne(x: Float32Array, label: number, weight: number, rng: Rng): void {
    const nodes = this.#nodes;
    nodes.tick();
    if (nodes.root === NONE) {
      nodes.root = nodes.allocate(x, NONE, 0);
      nodes.count(nodes.root, label, weight, 1);
      return;
    }
    let node = this.#descend(x, label, weight, rng);
    for (; node !== NONE; node = nodes.parent[node]!) this.#weigh(node);
  }

  /** To the leaf of `x`, updating every node on the way and splitting one at most. */
  #descend(x: Float32Array, label: number, weight: number, rng: Rng): number {
    const nodes = this.#nodes;
    let node = nodes.root;
    for (;;) {
      const extension = nodes.extension(node, x);
      const splitTime = extension === 0 ? 0 : this.#splitTime(node, extension, rng);
      if (splitTime > 0 && this.#makeRoom(node, rng)) {
        const leaf = nodes.split(node, x, splitTime, rng);
        const branch = nodes.parent[leaf]!;
        nodes.extend(branch, x);
        nodes.visit(branch);
        nodes.count(branch, label, weight, this.#fades[1]!);
        nodes.count(leaf, label, weight, 1);
        return leaf;
      }
      // Losses fade with the rows of the stream, not of the node: those of a node and of what is below it stay comparable.
      nodes.logWeight[node]! *= nodes.faded(node, this.#fades);
      if (extension > 0) nodes.extend(node, x);
      nodes.visit(node);
      nodes.logWeight[node]! += STEP * weight * Math.log(nodes.probability(node, label));
      nodes.count(node, label, weight, this.#fades[1]!);
      if (nodes.left[node] === NONE) return node;
      node = nodes.childFor(node, x);
    }
  }

  /** 0 for none: the node splits before. @param extension > 0, how far the row lies outside of what the node has seen */
  #splitTime(node: number, extension: number, rng: Rng): number {
    const nodes = this.#nodes;
    const time = nodes.time[node]! - Math.log(1 - rng.nextFloat()) / extension;
    const left = nodes.left[node]!;
    return left === NONE || time < nodes.time[left]! ? time : 0;
  }

  /** Two places for a split at `node`, if need be those of a little used leaf that is not below or above it. */
  #makeRoom(node: number, rng: Rng): boolean {
    const nodes = this.#nodes;
    if (nodes.free >= 2) return true;
    let victim = NONE;
    let least = LEAST_USE;
    for (let i = 0; i < CANDIDATES; i++) {
      const candidate = rng.nextInt(nodes.capacity);
      if (!nodes.isRemovable(candidate, node)) continue;
      const use = nodes.use(candidate, this.#fades);
      if (use < least) [victim, least] = [candidate, use];
    }
    if (victim === NONE) return false;
    const changed = nodes.remove(victim);
    for (let above = changed; above !== NONE; above = nodes.parent[above]!) this.#weigh(above);
    return true;
  }

  #weigh(node: number): void {
    const nodes = this.#nodes;
    const left = nodes.left[node]!;
    const own = nodes.logWeight[node]!;
    if (left === NONE) nodes.logTreeWeight[node] = own;
    else {
      const right = nodes.right[node]!;
      const below =
        nodes.logTreeWeight[left]! * nodes.faded(left, this.#fades) +
        nodes.logTreeWeight[right]! * nodes.faded(right, this.#fades);
      const [high, low] = own > below ? [own, below] : [below, own];
      nodes.logTreeWeight[node] = HALF + high + Math.log(1 + Math.exp(low - high));
    }
  }

  state(): PartState {
    return this.#nodes.state();
  }

  restore(state: PartState): void {
    this.#nodes.restore(state);
  }
}
