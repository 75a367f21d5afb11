import type { PartState } from '../../core/part-state.ts';
import type { Rng } from '../../core/rng.ts';
import { corrupt, readCount, readTensor } from '../../core/read-state.ts';

export const NONE = -1;
const NUMBERS = 5;

/** Nodes of one Mondrian tree in arrays of fixed length. A free place has itself as its parent. */
export class MondrianNodes {
  readonly capacity: number;
  root = NONE;
  free: number;
  #classes: number;
  readonly #size: number;
  /** Rows so far. */
  #now = 0;
  readonly parent: Int32Array<ArrayBuffer>;
  readonly left: Int32Array<ArrayBuffer>;
  readonly right: Int32Array<ArrayBuffer>;
  readonly #feature: Int32Array<ArrayBuffer>;
  readonly #threshold: Float32Array<ArrayBuffer>;
  readonly time: Float64Array<ArrayBuffer>;
  readonly logWeight: Float64Array<ArrayBuffer>;
  readonly logTreeWeight: Float64Array<ArrayBuffer>;
  /** Row of the last visit. */
  readonly #seen: Float64Array<ArrayBuffer>;
  readonly #total: Float64Array<ArrayBuffer>;
  /** [capacity, classes] */
  #counts: Float32Array<ArrayBuffer>;
  /** [capacity, 2, size] least and greatest values. */
  readonly #ranges: Float32Array<ArrayBuffer>;

  static bytes(inputSize: number, classCount: number): number {
    return 4 * 4 + 4 + NUMBERS * 8 + 4 * classCount + 8 * inputSize;
  }

  constructor(inputSize: number, classCount: number, capacity: number) {
    this.capacity = capacity;
    this.free = capacity;
    this.#classes = classCount;
    this.#size = inputSize;
    this.parent = Int32Array.from({ length: capacity }, (_, index) => index);
    this.left = new Int32Array(capacity).fill(NONE);
    this.right = new Int32Array(capacity).fill(NONE);
    this.#feature = new Int32Array(capacity);
    this.#threshold = new Float32Array(capacity);
    this.time = new Float64Array(capacity);
    this.logWeight = new Float64Array(capacity);
    this.logTreeWeight = new Float64Array(capacity);
    this.#seen = new Float64Array(capacity);
    this.#total = new Float64Array(capacity);
    this.#counts = new Float32Array(capacity * classCount);
    this.#ranges = new Float32Array(capacity * 2 * inputSize);
  }

  growClasses(count: number): void {
    if (count <= this.#classes) return;
    const counts = new Float32Array(this.capacity * count);
    for (let node = 0; node < this.capacity; node++)
      counts.set(this.#counts.subarray(node * this.#classes, (node + 1) * this.#classes), node * count);
    this.#counts = counts;
    this.#classes = count;
  }

  tick(): void {
    this.#now++;
  }

  childFor(node: number, x: Float32Array): number {
    return x[this.#feature[node]!]! <= this.#threshold[node]! ? this.left[node]! : this.right[node]!;
  }

  /** With a prior of one row spread over the classes. */
  probability(node: number, label: number): number {
    return (this.#counts[node * this.#classes + label]! + 1 / this.#classes) / (this.#total[node]! + 1);
  }

  /** Sum over the inputs of how far `x` lies outside of the node's range. */
  extension(node: number, x: Float32Array): number {
    const ranges = this.#ranges;
    const size = this.#size;
    const least = node * 2 * size;
    const greatest = least + size;
    let total = 0;
    for (let i = 0; i < size; i++) {
      const value = x[i]!;
      // Mostly it lies inside, and nothing has to be added.
      if (value < ranges[least + i]!) total += ranges[least + i]! - value;
      else if (value > ranges[greatest + i]!) total += value - ranges[greatest + i]!;
    }
    return total;
  }

  /** A row came by. */
  visit(node: number): void {
    this.#seen[node] = this.#now;
  }

  extend(node: number, x: Float32Array): void {
    const ranges = this.#ranges;
    const size = this.#size;
    const least = node * 2 * size;
    const greatest = least + size;
    for (let i = 0; i < size; i++) {
      if (x[i]! < ranges[least + i]!) ranges[least + i] = x[i]!;
      if (x[i]! > ranges[greatest + i]!) ranges[greatest + i] = x[i]!;
    }
  }

  count(node: number, label: number, weight: number, fade: number): void {
    const start = node * this.#classes;
    for (let c = 0; c < this.#classes; c++) this.#counts[start + c]! *= fade;
    this.#counts[start + label]! += weight;
    this.#total[node] = this.#total[node]! * fade + weight;
  }

  /** What is left of a loss at the last visit. @param fades powers of the share that is left after one row */
  faded(node: number, fades: Float64Array): number {
    const rows = this.#now - this.#seen[node]!;
    return rows < fades.length ? fades[rows]! : fades[1]! ** rows;
  }

  /** Rows in a node, of which those before the last visit have faded since. */
  use(node: number, fades: Float64Array): number {
    return this.#total[node]! * this.faded(node, fades);
  }

  /** A leaf with an own grandparent or sibling to take its place, away from the path from the root through `kept`. */
  isRemovable(node: number, kept: number): boolean {
    const above = this.parent[node]!;
    if (above === node || above === NONE || this.left[node] !== NONE || node === kept || above === kept) return false;
    return this.#otherChild(above, node) !== kept;
  }

  /** Takes out a leaf and its parent; the sibling takes the parent's place. The answer is the node above. */
  remove(leaf: number): number {
    const branch = this.parent[leaf]!;
    const sibling = this.#otherChild(branch, leaf);
    const above = this.parent[branch]!;
    this.#replaceChild(above, branch, sibling);
    this.#release(leaf);
    this.#release(branch);
    return above;
  }

  /** Room for a leaf that has seen `x` alone. */
  allocate(x: Float32Array, parent: number, time: number): number {
    const node = this.#take(parent, time);
    this.#ranges.set(x, node * 2 * this.#size);
    this.#ranges.set(x, node * 2 * this.#size + this.#size);
    return node;
  }

  /** Puts a branch in the place of `node`, with `node` and a new leaf for `x` below it, and gives the leaf. */
  split(node: number, x: Float32Array, time: number, rng: Rng): number {
    const feature = this.#drawFeature(node, x, rng);
    const least = node * 2 * this.#size + feature;
    const isBelow = x[feature]! < this.#ranges[least]!;
    const [from, to] = isBelow ? [x[feature]!, this.#ranges[least]!] : [this.#ranges[least + this.#size]!, x[feature]!];
    const branch = this.#take(this.parent[node]!, this.time[node]!);
    this.#copyStatistics(node, branch);
    this.#replaceChild(this.parent[branch]!, node, branch);
    const leaf = this.allocate(x, branch, time);
    this.#feature[branch] = feature;
    // Rounded to 32 bits it must not reach the upper end, which lies on the right.
    const threshold = Math.fround(from + (to - from) * rng.nextFloat());
    this.#threshold[branch] = threshold < to ? threshold : from;
    this.left[branch] = isBelow ? leaf : node;
    this.right[branch] = isBelow ? node : leaf;
    this.parent[node] = branch;
    this.time[node] = time;
    this.#seen[leaf] = this.#now;
    return leaf;
  }

  /** An input by how far `x` lies outside of the node's range there. */
  #drawFeature(node: number, x: Float32Array, rng: Rng): number {
    let left = rng.nextFloat() * this.extension(node, x);
    let chosen = 0;
    for (let i = 0; i < this.#size; i++) {
      const outside = this.#outside(node, i, x[i]!);
      if (outside === 0) continue;
      chosen = i;
      left -= outside;
      if (left < 0) break;
    }
    return chosen;
  }

  #outside(node: number, input: number, value: number): number {
    const least = node * 2 * this.#size + input;
    return Math.max(0, this.#ranges[least]! - value, value - this.#ranges[least + this.#size]!);
  }

  #otherChild(branch: number, child: number): number {
    return this.left[branch] === child ? this.right[branch]! : this.left[branch]!;
  }

  #replaceChild(above: number, old: number, next: number): void {
    this.parent[next] = above;
    if (above === NONE) this.root = next;
    else if (this.left[above] === old) this.left[above] = next;
    else this.right[above] = next;
  }

  #copyStatistics(from: number, to: number): void {
    this.#ranges.copyWithin(to * 2 * this.#size, from * 2 * this.#size, (from + 1) * 2 * this.#size);
    this.#counts.copyWithin(to * this.#classes, from * this.#classes, (from + 1) * this.#classes);
    this.#total[to] = this.#total[from]!;
    this.logWeight[to] = this.logWeight[from]!;
    this.logTreeWeight[to] = this.logTreeWeight[from]!;
    this.#seen[to] = this.#seen[from]!;
  }

  #take(parent: number, time: number): number {
    let node = this.#hint;
    while (this.parent[node] !== node) node = (node + 1) % this.capacity;
    this.#hint = node;
    this.free--;
    this.parent[node] = parent;
    this.time[node] = time;
    return node;
  }

  #release(node: number): void {
    this.free++;
    this.#hint = node;
    this.parent[node] = node;
    this.left[node] = NONE;
    this.right[node] = NONE;
    this.#counts.fill(0, node * this.#classes, (node + 1) * this.#classes);
    this.#total[node] = 0;
    this.logWeight[node] = 0;
    this.logTreeWeight[node] = 0;
  }
  /** Where the search for a free place begins. */
  #hint = 0;

  state(): PartState {
    const tensors = {
      parent: this.parent.slice(),
      left: this.left.slice(),
      right: this.right.slice(),
      feature: this.#feature.slice(),
      threshold: this.#threshold.slice(),
      time: this.time.slice(),
      logWeight: this.logWeight.slice(),
      logTreeWeight: this.logTreeWeight.slice(),
      seen: this.#seen.slice(),
      total: this.#total.slice(),
      counts: this.#counts.slice(),
      ranges: this.#ranges.slice(),
    };
    return { tensors, values: { root: this.root, now: this.#now, hint: this.#hint } };
  }

  restore(state: PartState): void {
    const tree = this.#readTree(state);
    const read = (name: 'time' | 'logWeight' | 'logTreeWeight' | 'seen' | 'total') =>
      readTensor(state, name, 'f64', this.capacity);
    const numbers = [read('time'), read('logWeight'), read('logTreeWeight'), read('seen'), read('total')];
    const threshold = readTensor(state, 'threshold', 'f32', this.capacity);
    const counts = readTensor(state, 'counts', 'f32', this.#counts.length);
    const ranges = readTensor(state, 'ranges', 'f32', this.#ranges.length);
    this.#now = readCount(state, 'now', 0, Number.MAX_SAFE_INTEGER);
    this.#hint = readCount(state, 'hint', 0, this.capacity - 1);
    [this.root, this.free] = [tree.root, tree.free];
    [this.parent, this.left, this.right, this.#feature].forEach((array, index) => array.set(tree.links[index]!));
    [this.time, this.logWeight, this.logTreeWeight, this.#seen, this.#total].forEach((array, index) =>
      array.set(numbers[index]!),
    );
    this.#threshold.set(threshold);
    this.#counts = counts;
    this.#ranges.set(ranges);
  }

  /** Links that a walk can follow to an end: each place is free, or reached from the root once. */
  #readTree(state: PartState): { root: number; free: number; links: Int32Array[] } {
    const read = (name: 'parent' | 'left' | 'right' | 'feature') => readTensor(state, name, 'i32', this.capacity);
    const [parent, left, right, feature] = [read('parent'), read('left'), read('right'), read('feature')];
    const root = readCount(state, 'root', NONE, this.capacity - 1);
    if (feature.some((index) => index < 0 || index >= this.#size)) throw corrupt('a node splits on no input');
    const stack = root === NONE ? [] : [root];
    if (root !== NONE && parent[root] !== NONE) throw corrupt('the root has a parent');
    let reached = 0;
    for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
      if (++reached > this.capacity) throw corrupt('the nodes are no tree');
      const children = [left[node]!, right[node]!];
      if (children[0] === NONE && children[1] === NONE) continue;
      if (children.some((child) => child < 0 || child >= this.capacity || parent[child] !== node))
        throw corrupt('the nodes are no tree');
      stack.push(...children);
    }
    const free = parent.reduce((total, above, node) => total + (above === node ? 1 : 0), 0);
    if (reached + free !== this.capacity) throw corrupt('the nodes are no tree');
    return { root, free, links: [parent, left, right, feature] };
  }
}
