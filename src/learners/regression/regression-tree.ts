import type { Rng } from '../../core/rng.ts';

/** What a tree is grown from: a window of inputs, by row. */
export interface TreeSample {
  readonly width: number;
  /** Columns that may be split at. */
  readonly places: readonly number[];
  /** [rows, width] */
  readonly inputs: Float32Array;
  /** [rows] */
  readonly targets: Float64Array;
  /** Rows to grow from, in any order; re-ordered by growing. */
  readonly rows: Int32Array;
}

/** A tree in flat arrays: node n splits `feature[n]` at `threshold[n]` into nodes `child[n]` and `child[n] + 1`, or is a leaf where `child[n]` is 0. */
export interface TreeNodes {
  readonly feature: Int32Array<ArrayBuffer>;
  readonly threshold: Float32Array<ArrayBuffer>;
  readonly child: Int32Array<ArrayBuffer>;
  /** Mean target at the node. */
  readonly value: Float64Array<ArrayBuffer>;
  /** Examples behind it. */
  readonly count: Float32Array<ArrayBuffer>;
}

export interface GrowOptions {
  /** No fewer rows in a leaf. */
  readonly leafSize: number;
  /** Features tried at a node, each with one random threshold. */
  readonly tries: number;
}

export function emptyNodes(capacity: number): TreeNodes {
  return {
    feature: new Int32Array(capacity),
    threshold: new Float32Array(capacity),
    child: new Int32Array(capacity),
    value: new Float64Array(capacity),
    count: new Float32Array(capacity),
  };
}

/** The leaf that an input falls into. */
export function leafOf(nodes: TreeNodes, input: Float32Array, offset = 0): number {
  const { child, feature, threshold } = nodes;
  let node = 0;
  while (child[node]! > 0) node = child[node]! + (input[offset + feature[node]!]! <= threshold[node]! ? 0 : 1);
  return node;
}

interface Split {
  feature: number;
  threshold: number;
  gain: number;
}

/**
 * Grows an extremely randomised tree (Geurts, Ernst and Wehenkel 2006, doi 10.1007/s10994-006-6226-1) over `nodes`, breadth first until a leaf would be too
 * small or the nodes are used up: at each node the best of a few features, each at a random threshold, by how much squared error it takes away.
 */
export function growTree(nodes: TreeNodes, sample: TreeSample, options: GrowOptions, rng: Rng): void {
  const { rows, targets } = sample;
  const capacity = nodes.child.length;
  const starts = new Int32Array(capacity);
  const ends = new Int32Array(capacity);
  ends[0] = rows.length;
  let used = 1;
  for (let node = 0; node < used; node++) {
    const [start, end] = [starts[node]!, ends[node]!];
    nodes.child[node] = 0;
    nodes.count[node] = end - start;
    nodes.value[node] = meanOf(targets, rows, start, end);
    if (used + 2 > capacity || end - start < 2 * options.leafSize) continue;
    const split = bestSplit(sample, start, end, options, rng);
    if (split.gain <= 0) continue;
    const middle = partition(sample, start, end, split);
    nodes.feature[node] = split.feature;
    nodes.threshold[node] = split.threshold;
    nodes.child[node] = used;
    [starts[used], ends[used], starts[used + 1], ends[used + 1]] = [start, middle, middle, end];
    used += 2;
  }
}

function meanOf(targets: Float64Array, rows: Int32Array, start: number, end: number): number {
  let sum = 0;
  for (let i = start; i < end; i++) sum += targets[rows[i]!]!;
  return end > start ? sum / (end - start) : 0;
}

function bestSplit(sample: TreeSample, start: number, end: number, options: GrowOptions, rng: Rng): Split {
  const best: Split = { feature: 0, threshold: 0, gain: 0 };
  let tries = sample.places.length > 0 ? options.tries : 0;
  // Features that do not vary here cost an attempt, not a try.
  for (let attempt = 0; attempt < 3 * options.tries && tries > 0; attempt++) {
    const feature = sample.places[rng.nextInt(sample.places.length)]!;
    const [low, high] = rangeOf(sample, start, end, feature);
    if (!(high > low)) continue;
    tries--;
    const threshold = Math.fround(low + rng.nextFloat() * (high - low));
    const gain = gainOf(sample, start, end, feature, threshold, options.leafSize);
    if (gain > best.gain) [best.feature, best.threshold, best.gain] = [feature, threshold, gain];
  }
  return best;
}

function rangeOf({ inputs, rows, width }: TreeSample, start: number, end: number, feature: number): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (let i = start; i < end; i++) {
    const value = inputs[rows[i]! * width + feature]!;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high];
}

/** By how much the split lowers the sum of squared errors. */
function gainOf(
  { inputs, rows, targets, width }: TreeSample,
  start: number,
  end: number,
  feature: number,
  threshold: number,
  leafSize: number,
): number {
  let [left, leftSum, sum] = [0, 0, 0];
  for (let i = start; i < end; i++) {
    const row = rows[i]!;
    const target = targets[row]!;
    sum += target;
    if (inputs[row * width + feature]! <= threshold) {
      left++;
      leftSum += target;
    }
  }
  const right = end - start - left;
  if (left < leafSize || right < leafSize) return 0;
  const difference = leftSum / left - (sum - leftSum) / right;
  return ((left * right) / (end - start)) * difference * difference;
}

function partition({ inputs, rows, width }: TreeSample, start: number, end: number, split: Split): number {
  let middle = start;
  for (let i = start; i < end; i++) {
    const row = rows[i]!;
    if (inputs[row * width + split.feature]! > split.threshold) continue;
    rows[i] = rows[middle]!;
    rows[middle++] = row;
  }
  return middle;
}
