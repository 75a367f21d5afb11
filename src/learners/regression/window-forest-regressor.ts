import type { PartState } from '../../core/part-state.ts';
import { Rng } from '../../core/rng.ts';
import type { OnlineRegressor } from '../online-model.ts';
import type { Row, RowShape } from '../row.ts';
import { ModelInput } from './model-input.ts';
import { corrupt } from '../../core/read-state.ts';
import { checkWhole, copyArrays, joinStates, partOfState, restoreArrays, restoredRng } from './part-arrays.ts';
import { RecursiveLeastSquares } from './recursive-least-squares.ts';
import { emptyNodes, growTree, leafOf, type TreeNodes } from './regression-tree.ts';
import { RobustScale } from './robust-scale.ts';

export interface WindowForestOptions {
  readonly trees?: number;
  /** Most recent examples that trees are grown from. */
  readonly window?: number;
  /** Examples between two trees being grown anew; the oldest goes. */
  readonly growEvery?: number;
  readonly leafSize?: number;
  /** Nodes of a tree. */
  readonly nodes?: number;
  /** Also reads the targets learned last; see {@link ModelInput}. */
  readonly lagged?: boolean;
}

const WINDOW_NUMBERS = 65_536;

/** A leaf is a running mean that never rests on more examples than this, so it follows a drift before the tree is grown anew. */
const LEAF_MEMORY = 30;

/** Residuals are cut at so many mean absolute residuals. */
const CUT = 5;

/** What the linear part forgets with each example. */
const FORGETTING = 0.999;

/**
 * A linear model (robust recursive least squares) and, on what it leaves, a forest of extremely randomised trees over a window of the last examples, of
 * which one is grown anew every few examples while the others' leaves go on learning: a model tree's reach, with cost and memory that are bounded and
 * a past that leaves with the window.
 */
export class WindowForestRegressor implements OnlineRegressor {
  readonly #input: ModelInput;
  readonly #options: Required<WindowForestOptions>;
  readonly #linear: RecursiveLeastSquares;
  readonly #scale = new RobustScale(30);
  readonly #trees: readonly TreeNodes[];
  readonly #inputs: Float32Array<ArrayBuffer>;
  readonly #targets: Float64Array<ArrayBuffer>;
  /** [next place, examples held, next tree, trees grown, examples since] */
  readonly #counters = new Int32Array(5);
  /** The input as trees see it, and one taken back out of the window. */
  readonly #query: Float32Array;
  readonly #recalled: Float64Array;
  #rng: Rng;

  constructor(shape: RowShape, seed: number, options: WindowForestOptions = {}) {
    this.#input = new ModelInput(shape, options.lagged ?? false);
    const width = this.#input.size;
    const window = Math.min(options.window ?? 1000, Math.floor(WINDOW_NUMBERS / width));
    this.#options = { trees: 20, growEvery: 32, leafSize: 4, nodes: 255, lagged: false, ...options, window };
    this.#linear = new RecursiveLeastSquares(width, { forgetting: FORGETTING });
    this.#trees = Array.from({ length: this.#options.trees }, () => emptyNodes(this.#options.nodes));
    this.#inputs = new Float32Array(window * width);
    this.#targets = new Float64Array(window);
    this.#recalled = new Float64Array(width);
    this.#query = new Float32Array(width);
    this.#rng = Rng.fromSeed(seed);
  }

  predictOne(row: Row): number {
    const values = this.#input.read(row);
    this.#query.set(values);
    return this.#input.offset + this.#linear.predict(values) + this.#correction();
  }

  /** Mean over the trees that have been grown. */
  #correction(): number {
    const grown = this.#counters[3]!;
    let sum = 0;
    for (let t = 0; t < grown; t++) {
      const nodes = this.#trees[t]!;
      sum += nodes.value[leafOf(nodes, this.#query)]!;
    }
    return grown > 0 ? sum / grown : 0;
  }

  learnOne(row: Row, target: number, weight: number): void {
    if (weight === 0) return;
    this.#input.begin(target);
    const values = this.#input.read(row);
    this.#query.set(values);
    const shifted = target - this.#input.offset;
    const residual = shifted - this.#linear.predict(values);
    const left = residual - this.#correction();
    this.#scale.update(residual, weight);
    this.#updateLeaves(this.#limited(residual), weight);
    this.#linear.learn(values, shifted, weight);
    this.#input.learn(target, left, weight);
    this.#remember(shifted);
  }

  #limited(residual: number): number {
    return residual * this.#scale.trust(residual, CUT);
  }

  #updateLeaves(residual: number, weight: number): void {
    for (let t = 0; t < this.#counters[3]!; t++) {
      const { value, count } = this.#trees[t]!;
      const leaf = leafOf(this.#trees[t]!, this.#query);
      count[leaf] = Math.min(LEAF_MEMORY, count[leaf]! + weight);
      value[leaf]! += Math.min(1, weight / count[leaf]) * (residual - value[leaf]!);
    }
  }

  #remember(target: number): void {
    const counters = this.#counters;
    const { window, growEvery } = this.#options;
    const place = counters[0]!;
    this.#inputs.set(this.#query, place * this.#query.length);
    this.#targets[place] = target;
    counters[0] = (place + 1) % window;
    counters[1] = Math.min(window, counters[1]! + 1);
    counters[4]! += 1;
    // The first trees come early and are soon replaced.
    if (counters[4]! >= Math.min(growEvery, counters[1] >> 1) && counters[1] >= 2 * this.#options.leafSize)
      this.#grow();
  }

  /** Grows the next tree from the last examples: a half to all of the window, so that trees differ in how far they look back. */
  #grow(): void {
    const counters = this.#counters;
    const { trees, leafSize, window } = this.#options;
    const held = counters[1]!;
    const rows = new Int32Array(Math.max(2 * leafSize, Math.ceil(held * 2 ** (-2 * this.#rng.nextFloat()))));
    for (let back = 0; back < rows.length; back++) rows[back] = (counters[0]! - 1 - back + window) % window;
    const tree = this.#trees[counters[2]!]!;
    const width = this.#query.length;
    const sample = { width, inputs: this.#inputs, targets: this.#residuals(rows), rows, places: this.#input.places };
    growTree(tree, sample, { leafSize, tries: 2 + Math.ceil(this.#input.places.length / 3) }, this.#rng);
    counters[2] = (counters[2]! + 1) % trees;
    counters[3] = Math.min(trees, counters[3]! + 1);
    counters[4] = 0;
  }

  /** [window] what the linear part, as it is now, leaves of the targets of `rows`. */
  #residuals(rows: Int32Array): Float64Array {
    const residuals = new Float64Array(this.#targets.length);
    const recalled = this.#recalled;
    const width = this.#query.length;
    for (const row of rows) {
      for (let i = 0; i < width; i++) recalled[i] = this.#inputs[row * width + i]!;
      residuals[row] = this.#limited(this.#targets[row]! - this.#linear.predict(recalled));
    }
    return residuals;
  }

  #arrays() {
    return { inputs: this.#inputs, targets: this.#targets, counters: this.#counters };
  }

  state(): PartState {
    const trees = this.#trees.map((nodes, index): [string, PartState] => [`tree${index}`, copyArrays({ ...nodes })]);
    return joinStates({
      own: copyArrays(this.#arrays(), { rng: this.#rng.state() }),
      input: this.#input.state(),
      linear: this.#linear.state(),
      scale: this.#scale.state(),
      ...Object.fromEntries(trees),
    });
  }

  restore(state: PartState): void {
    const own = partOfState(state, 'own');
    const { counters } = own.tensors;
    const { window, trees } = this.#options;
    [window - 1, window, trees - 1, trees].forEach((max, index) => checkWhole('counter', counters?.[index], 0, max));
    this.#trees.forEach((nodes, index) => {
      const stored = partOfState(state, `tree${index}`);
      checkTree(stored, this.#query.length);
      restoreArrays({ ...nodes }, stored);
    });
    this.#input.restore(partOfState(state, 'input'));
    this.#linear.restore(partOfState(state, 'linear'));
    this.#scale.restore(partOfState(state, 'scale'));
    this.#rng = restoredRng(own.values.rng);
    restoreArrays(this.#arrays(), own);
  }
}

/** Children come after their parents, so that walking a stored tree ends, and nothing points outside. */
function checkTree({ tensors: { child, feature, count } }: PartState, width: number): void {
  child?.forEach((at, node) => {
    if (at !== 0) checkWhole('child', at, node + 1, child.length - 2);
    checkWhole('feature', feature?.[node], 0, Math.max(0, width - 1));
  });
  if (!count?.every((value) => value >= 0)) throw corrupt('a leaf count is negative or not there');
}
