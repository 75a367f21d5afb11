import type { PartState } from '../../core/part-state.ts';
import type { Rng } from '../../core/rng.ts';
import { softmaxInPlace } from './class-arrays.ts';
import { LeafStatistics, type LeafShape } from './leaf-statistics.ts';
import { corrupt, joinStates, partOfState, readCount, readTensor } from '../../core/read-state.ts';
import { SplitSearch, type Split } from './split-search.ts';

const NONE = -1;
/** Weight that a leaf takes in between two tries to split it. */
const GRACE = 25;
/** Inputs are of about unit size; what is beyond falls into the outer bins. */
const FULL_RANGE = 3;
/** Weight of a new leaf's comparison of its two ways to predict. */
const GAIN_SHARE = 0.02;

/**
 * Hoeffding tree (Domingos and Hulten 2000, doi 10.1145/347090.347107) of bounded size, with inputs drawn for each leaf as in a random forest,
 * and class counts or naive Bayes in the leaves, whichever did better (Gama et al. 2003).
 */
export class HoeffdingTree {
  readonly #leaves: LeafStatistics;
  readonly #search: SplitSearch;
  #nodeCount = 0;
  #leafCount = 0;
  readonly #input: Int32Array<ArrayBuffer>;
  readonly #threshold: Float32Array<ArrayBuffer>;
  readonly #parent: Int32Array<ArrayBuffer>;
  /** The left child, and behind it the right one; NONE in a leaf. */
  readonly #child: Int32Array<ArrayBuffer>;
  /** Place of a leaf's statistics. */
  readonly #leaf: Int32Array<ArrayBuffer>;
  readonly #ranges: Float32Array;
  #bayes: Float64Array;
  #shares: Float64Array;

  constructor(shape: LeafShape, classCount: number, rng: Rng) {
    const nodes = 2 * shape.leaves - 1;
    this.#leaves = new LeafStatistics(shape, classCount);
    this.#search = new SplitSearch(classCount);
    this.#input = new Int32Array(nodes);
    this.#threshold = new Float32Array(nodes);
    this.#parent = new Int32Array(nodes).fill(NONE);
    this.#child = new Int32Array(nodes).fill(NONE);
    this.#leaf = new Int32Array(nodes).fill(NONE);
    this.#ranges = new Float32Array(2 * shape.inputSize);
    this.#bayes = new Float64Array(classCount);
    this.#shares = new Float64Array(classCount);
    this.reset(rng);
  }

  /** Forgets everything. */
  reset(rng: Rng): void {
    this.#nodeCount = 0;
    this.#leafCount = 0;
    this.#addLeaf(NONE, new Float64Array(this.#bayes.length).fill(1 / this.#bayes.length), rng);
  }

  growClasses(count: number): void {
    this.#leaves.growClasses(count);
    if (count <= this.#bayes.length) return;
    this.#bayes = new Float64Array(count);
    this.#shares = new Float64Array(count);
  }

  /** @param out [classes] adds up to 1 */
  predict(x: Float32Array, out: Float64Array): void {
    const leaf = this.#leaf[this.#leafNode(x)]!;
    if (this.#leaves.bayesGain[leaf]! > 0) {
      this.#leaves.bayesScores(leaf, x, out);
      softmaxInPlace(out);
    } else this.#leaves.classShares(leaf, out);
  }

  learnOne(x: Float32Array, label: number, weight: number, rng: Rng): void {
    const node = this.#leafNode(x);
    const leaf = this.#leaf[node]!;
    this.#compare(leaf, x, label);
    this.#leaves.learnOne(leaf, x, label, weight);
    if (this.#leaves.waiting[leaf]! < GRACE || this.#leafCount === this.#leaves.shape.leaves) return;
    this.#leaves.waiting[leaf] = 0;
    const split = this.#search.best(this.#leaves, leaf);
    if (split) this.#split(node, split, rng);
  }

  #leafNode(x: Float32Array): number {
    let node = 0;
    while (this.#child[node] !== NONE)
      node = this.#child[node]! + (x[this.#input[node]!]! < this.#threshold[node]! ? 0 : 1);
    return node;
  }

  #compare(leaf: number, x: Float32Array, label: number): void {
    this.#leaves.classShares(leaf, this.#shares);
    this.#leaves.bayesScores(leaf, x, this.#bayes);
    softmaxInPlace(this.#bayes);
    const gain = Math.log((this.#bayes[label]! + 0.01) / (this.#shares[label]! + 0.01));
    this.#leaves.bayesGain[leaf]! += GAIN_SHARE * (gain - this.#leaves.bayesGain[leaf]!);
  }

  #split(node: number, { input, threshold, left: leftShares, right: rightShares }: Split, rng: Rng): void {
    const freed = this.#leaf[node]!;
    const left = this.#nodeCount;
    this.#input[node] = input;
    this.#threshold[node] = threshold;
    this.#child[node] = left;
    this.#leaf[node] = NONE;
    this.#addLeaf(node, leftShares, rng, freed);
    this.#addLeaf(node, rightShares, rng);
  }

  #addLeaf(parent: number, prior: Float64Array, rng: Rng, place: number = this.#leafCount++): void {
    const node = this.#nodeCount++;
    this.#parent[node] = parent;
    this.#child[node] = NONE;
    this.#leaf[node] = place;
    this.#leaves.reset(place, this.#rangesOf(node), prior, rng);
  }

  /** Where a node lies, by the splits above it. */
  #rangesOf(node: number): Float32Array {
    const ranges = this.#ranges;
    for (let i = 0; i < ranges.length; i++) ranges[i] = i % 2 === 0 ? -FULL_RANGE : FULL_RANGE;
    for (let child = node, above = this.#parent[node]!; above !== NONE; child = above, above = this.#parent[above]!) {
      const isLeft = this.#child[above] === child;
      const at = 2 * this.#input[above]! + (isLeft ? 1 : 0);
      const threshold = this.#threshold[above]!;
      ranges[at] = isLeft ? Math.min(ranges[at]!, threshold) : Math.max(ranges[at]!, threshold);
    }
    return ranges;
  }

  state(): PartState {
    const tensors = {
      input: this.#input.slice(),
      threshold: this.#threshold.slice(),
      parent: this.#parent.slice(),
      child: this.#child.slice(),
      leaf: this.#leaf.slice(),
    };
    const values = { nodeCount: this.#nodeCount, leafCount: this.#leafCount };
    return joinStates({ nodes: { tensors, values }, leaves: this.#leaves.state() });
  }

  restore(state: PartState): void {
    const nodes = partOfState(state, 'nodes');
    const size = this.#input.length;
    const read = (name: string) => readTensor(nodes, name, 'i32', size);
    const [input, parent, child, leaf] = [read('input'), read('parent'), read('child'), read('leaf')];
    const threshold = readTensor(nodes, 'threshold', 'f32', size);
    const leafCount = readCount(nodes, 'leafCount', 1, this.#leaves.shape.leaves);
    const nodeCount = readCount(nodes, 'nodeCount', 2 * leafCount - 1, 2 * leafCount - 1);
    for (let node = 0; node < nodeCount; node++) {
      const isLeaf = child[node] === NONE;
      // Children lie behind their parent, so that every way down ends.
      const inBounds = isLeaf
        ? leaf[node]! >= 0 && leaf[node]! < leafCount
        : child[node]! > node && child[node]! + 1 < nodeCount && input[node]! >= 0;
      if (!inBounds || input[node]! >= this.#leaves.shape.inputSize || parent[node]! >= Math.max(node, 0))
        throw corrupt('the nodes are no tree');
    }
    this.#leaves.restore(partOfState(state, 'leaves'));
    [this.#nodeCount, this.#leafCount] = [nodeCount, leafCount];
    this.#input.set(input);
    this.#threshold.set(threshold);
    this.#parent.set(parent);
    this.#child.set(child);
    this.#leaf.set(leaf);
  }
}
