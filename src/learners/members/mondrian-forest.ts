import type { PartState } from '../../core/part-state.ts';
import { Rng } from '../../core/rng.ts';
import type { OnlineClassifier } from '../online-model.ts';
import type { Row, RowShape } from '../row.ts';
import { classStage, normaliseInPlace } from './class-arrays.ts';
import { CompactView } from './compact-view.ts';
import { MondrianNodes } from './mondrian-nodes.ts';
import { MondrianTree } from './mondrian-tree.ts';
import { joinStates, partOfState, readRngState } from '../../core/read-state.ts';

export interface MondrianForestOptions {
  readonly trees: number;
  /** For all nodes together: wider rows and more classes get fewer nodes. */
  readonly bytes: number;
  readonly window: number;
  readonly seed: number;
}

const LEAST_NODES = 31;
const MOST_NODES = 1023;

/** Aggregated Mondrian forest over the compact view: the mean of its trees. See {@link MondrianTree}. */
export class MondrianForest implements OnlineClassifier {
  readonly #options: MondrianForestOptions;
  readonly #view: CompactView;
  #trees: readonly MondrianTree[];
  readonly #input: Float32Array;
  #classCount: number;
  #scratch: Float64Array;
  #rng: Rng;

  constructor(shape: RowShape, classCount: number, options: MondrianForestOptions) {
    this.#options = options;
    this.#view = new CompactView(shape, options.seed);
    this.#rng = Rng.fromSeed(options.seed);
    this.#input = new Float32Array(this.#view.size);
    this.#classCount = classCount;
    this.#scratch = new Float64Array(classCount);
    this.#trees = this.#plant();
  }

  #plant(): MondrianTree[] {
    const { trees, bytes, window } = this.#options;
    const nodeBytes = MondrianNodes.bytes(this.#view.size, classStage(this.#classCount));
    const capacity = Math.max(LEAST_NODES, Math.min(MOST_NODES, Math.floor(bytes / trees / nodeBytes)));
    const options = { inputSize: this.#view.size, classCount: this.#classCount, capacity, window };
    return Array.from({ length: trees }, () => new MondrianTree(options));
  }

  growClasses(count: number): void {
    if (count <= this.#classCount) return;
    const isLarger = classStage(count) > classStage(this.#classCount);
    this.#classCount = count;
    this.#scratch = new Float64Array(count);
    if (isLarger) this.#trees = this.#plant();
    else for (const tree of this.#trees) tree.growClasses(count);
  }

  predictProbaOne(row: Row, out: Float64Array): void {
    this.#view.write(row, this.#input);
    out.fill(0);
    for (const tree of this.#trees) tree.addPrediction(this.#input, this.#scratch, out);
    normaliseInPlace(out);
  }

  learnOne(row: Row, label: number, weight: number): void {
    this.#view.learnOne(row);
    this.#view.write(row, this.#input);
    for (const tree of this.#trees) tree.learnOne(this.#input, label, weight, this.#rng);
  }

  state(): PartState {
    const trees = Object.fromEntries(this.#trees.map((tree, index) => [`tree${index}`, tree.state()]));
    const values = { rng: this.#rng.state() };
    return joinStates({ ...trees, view: this.#view.state(), forest: { tensors: {}, values } });
  }

  restore(state: PartState): void {
    const rng = readRngState(partOfState(state, 'forest'), 'rng');
    this.#view.restore(partOfState(state, 'view'));
    this.#trees.forEach((tree, index) => {
      tree.restore(partOfState(state, `tree${index}`));
    });
    this.#rng = Rng.fromState(rng);
  }
}
