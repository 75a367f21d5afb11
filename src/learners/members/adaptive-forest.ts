import type { PartState } from '../../core/part-state.ts';
import { Rng } from '../../core/rng.ts';
import type { OnlineClassifier } from '../online-model.ts';
import type { Row, RowShape } from '../row.ts';
import { classStage, normaliseInPlace } from './class-arrays.ts';
import { CompactView } from './compact-view.ts';
import { DriftAlarm } from './drift-alarm.ts';
import { HoeffdingTree } from './hoeffding-tree.ts';
import { LeafStatistics, type LeafShape } from './leaf-statistics.ts';
import { corrupt, joinStates, partOfState, readRngState } from '../../core/read-state.ts';

export interface AdaptiveForestOptions {
  readonly trees: number;
  /** For all trees together: wider rows and more classes get fewer and coarser leaves. */
  readonly bytes: number;
  readonly seed: number;
}

/** Mean of the weights that a tree gives to rows (online bagging with Poisson weights; more than 1, as in leveraging bagging). */
const BAGGING = 3;
/** Standard deviations of too many errors at which a young tree starts to grow in the background, and at which it takes over. */
const WARNING = 2;
const DRIFT = 3.5;
const MOST_LEAVES = 64;
const MOST_INPUTS = 12;

interface Place {
  tree: HoeffdingTree;
  alarm: DriftAlarm;
  young: HoeffdingTree;
  youngAlarm: DriftAlarm;
  isGrowing: boolean;
}

/**
 * Adaptive random forest (Gomes et al. 2017, doi 10.1007/s10994-017-5642-8) over the compact view: bagged Hoeffding trees, each watched for drift, with a
 * young one in the background from the first warning on. Memory is allocated at the start.
 */
export class AdaptiveForest implements OnlineClassifier {
  readonly #view: CompactView;
  readonly #options: AdaptiveForestOptions;
  #places: readonly Place[];
  #classCount: number;
  readonly #x: Float32Array;
  #scratch: Float64Array;
  #rng: Rng;

  constructor(shape: RowShape, classCount: number, options: AdaptiveForestOptions) {
    this.#options = options;
    this.#view = new CompactView(shape, options.seed);
    this.#rng = Rng.fromSeed(options.seed);
    this.#x = new Float32Array(this.#view.size);
    this.#classCount = classCount;
    this.#scratch = new Float64Array(classCount);
    this.#places = this.#plant();
  }

  #plant(): Place[] {
    const { trees, bytes } = this.#options;
    const leafShape = fittingShape(this.#view.size, classStage(this.#classCount), bytes / (2 * trees));
    const tree = () => new HoeffdingTree(leafShape, this.#classCount, this.#rng);
    return Array.from({ length: trees }, () => ({
      tree: tree(),
      alarm: new DriftAlarm(),
      young: tree(),
      youngAlarm: new DriftAlarm(),
      isGrowing: false,
    }));
  }

  growClasses(count: number): void {
    if (count <= this.#classCount) return;
    const isLarger = classStage(count) > classStage(this.#classCount);
    this.#classCount = count;
    this.#scratch = new Float64Array(count);
    if (isLarger) {
      this.#places = this.#plant();
      return;
    }
    for (const place of this.#places) {
      place.tree.growClasses(count);
      place.young.growClasses(count);
    }
  }

  predictProbaOne(row: Row, out: Float64Array): void {
    this.#view.write(row, this.#x);
    out.fill(0);
    for (const { tree, alarm } of this.#places) {
      tree.predict(this.#x, this.#scratch);
      // The better a tree was of late, the more it says.
      const trust = (1.02 - alarm.recent) ** 2;
      for (let c = 0; c < out.length; c++) out[c]! += trust * this.#scratch[c]!;
    }
    normaliseInPlace(out);
  }

  learnOne(row: Row, label: number, weight: number): void {
    this.#view.learnOne(row);
    this.#view.write(row, this.#x);
    for (const place of this.#places) this.#learnPlace(place, label, weight);
  }

  #learnPlace(place: Place, label: number, weight: number): void {
    place.alarm.update(!this.#isRight(place.tree, label));
    if (place.isGrowing) place.youngAlarm.update(!this.#isRight(place.young, label));
    const bagged = weight * poisson(this.#rng);
    if (bagged > 0) {
      place.tree.learnOne(this.#x, label, bagged, this.#rng);
      if (place.isGrowing) place.young.learnOne(this.#x, label, bagged, this.#rng);
    }
    this.#watch(place);
  }

  #watch(place: Place): void {
    const { excess } = place.alarm;
    if (place.isGrowing && (excess > DRIFT || youngIsBetter(place))) {
      [place.tree, place.young] = [place.young, place.tree];
      [place.alarm, place.youngAlarm] = [place.youngAlarm, place.alarm];
      place.isGrowing = false;
    } else if (!place.isGrowing && excess > WARNING) {
      place.young.reset(this.#rng);
      place.youngAlarm.reset();
      place.isGrowing = true;
    } else if (place.isGrowing && excess < 0) place.isGrowing = false;
  }

  #isRight(tree: HoeffdingTree, label: number): boolean {
    const probabilities = this.#scratch;
    tree.predict(this.#x, probabilities);
    for (let c = 0; c < probabilities.length; c++) if (probabilities[c]! > probabilities[label]!) return false;
    return true;
  }

  state(): PartState {
    const parts: Record<string, PartState> = { view: this.#view.state() };
    this.#places.forEach(({ tree, alarm, young, youngAlarm }, index) => {
      const place = { tree: tree.state(), alarm: alarm.state(), young: young.state(), youngAlarm: youngAlarm.state() };
      parts[`place${index}`] = joinStates(place);
    });
    const growing = this.#places.map(({ isGrowing }) => isGrowing);
    parts.forest = { tensors: {}, values: { rng: this.#rng.state(), growing } };
    return joinStates(parts);
  }

  restore(state: PartState): void {
    const forest = partOfState(state, 'forest');
    const rng = readRngState(forest, 'rng');
    const growing = forest.values.growing;
    if (!Array.isArray(growing) || growing.length !== this.#places.length) throw corrupt('growing is no list of flags');
    this.#view.restore(partOfState(state, 'view'));
    this.#places.forEach((place, index) => {
      const parts = partOfState(state, `place${index}`);
      for (const name of ['tree', 'alarm', 'young', 'youngAlarm'] as const)
        place[name].restore(partOfState(parts, name));
      place.isGrowing = growing[index] === true;
    });
    this.#rng = Rng.fromState(rng);
  }
}

function youngIsBetter({ alarm, youngAlarm }: Place): boolean {
  return youngAlarm.count > 300 && youngAlarm.recent < alarm.recent - 0.05;
}

/** Half of the inputs or more for each leaf, fewer bins for many classes, and as many leaves as the bytes allow. */
function fittingShape(inputSize: number, classCount: number, bytes: number): LeafShape {
  const inputs = Math.min(inputSize, MOST_INPUTS, Math.max(2, Math.ceil(0.6 * inputSize)));
  const bins = classCount <= 8 ? 12 : 6;
  const shape = { inputSize, inputs: classCount <= 8 ? inputs : Math.min(inputs, 6), bins };
  const leaves = Math.floor(bytes / LeafStatistics.bytes(shape, classCount));
  return { ...shape, leaves: Math.max(2, Math.min(MOST_LEAVES, leaves)) };
}

/** Knuth's method. */
function poisson(rng: Rng): number {
  const limit = Math.exp(-BAGGING);
  let drawn = 0;
  for (let product = rng.nextFloat(); product > limit; product *= rng.nextFloat()) drawn++;
  return drawn;
}
