import type { PartState } from '../../core/part-state.ts';
import { Rng } from '../../core/rng.ts';
import type { OnlineClassifier } from '../online-model.ts';
import type { Row, RowShape } from '../row.ts';
import { CompactView } from './compact-view.ts';
import { LinearClassifier } from './linear-classifier.ts';
import { joinStates, partOfState } from '../../core/read-state.ts';

export interface BinnedInteractionsOptions {
  readonly rate: number;
  /** Most pairs and most triples of inputs; of wider views a seeded choice. */
  readonly pairs: number;
  readonly triples: number;
  /** Hashed places that all bins share, a power of two. */
  readonly places: number;
  readonly seed: number;
}

/** Bounds of bins that hold like shares of a standard normal number; small integers mostly fall into bins of their own. */
const EDGES = [-0.84, -0.25, 0.25, 0.84] as const;
const BINS = EDGES.length + 1;

/**
 * Additive model with interactions (after GA2M, Lou et al. 2013, doi 10.1145/2487575.2487579): a logistic regression on the bins of the numbers in the
 * compact view, of pairs and of triples of them, hashed into a bounded number of places.
 */
export class BinnedInteractions implements OnlineClassifier {
  readonly #view: CompactView;
  readonly #model: LinearClassifier;
  readonly #x: Float32Array;
  readonly #bins: Int32Array;
  /** [pairs, 2] and [triples, 3] inputs. */
  readonly #pairs: Int32Array;
  readonly #triples: Int32Array;
  readonly #row: Row;
  readonly #places: number;

  constructor(shape: RowShape, classCount: number, options: BinnedInteractionsOptions) {
    const { rate, places, seed } = options;
    this.#view = new CompactView(shape, seed);
    const { size } = this.#view;
    const rng = Rng.fromSeed(seed);
    this.#places = places;
    this.#x = new Float32Array(size);
    this.#bins = new Int32Array(size);
    this.#pairs = Int32Array.from(rng.shuffle(tuples(size, 2)).slice(0, options.pairs).flat());
    this.#triples = Int32Array.from(rng.shuffle(tuples(size, 3)).slice(0, options.triples).flat());
    const count = size + this.#pairs.length / 2 + this.#triples.length / 3;
    const values = new Float32Array(count).fill(1);
    this.#row = { raw: this.#x, dense: new Float32Array(0), indices: new Int32Array(count), values };
    const hashed = { rawSize: 0, denseSize: 0, hashSize: places };
    this.#model = new LinearClassifier(hashed, classCount, { steps: 'adagrad', rate });
  }

  growClasses(count: number): void {
    this.#model.growClasses(count);
  }

  predictProbaOne(row: Row, out: Float64Array): void {
    this.#model.predictProbaOne(this.#binned(row), out);
  }

  learnOne(row: Row, label: number, weight: number): void {
    this.#view.learnOne(row);
    this.#model.learnOne(this.#binned(row), label, weight);
  }

  #binned(row: Row): Row {
    this.#view.write(row, this.#x);
    const bins = this.#bins;
    const pairs = this.#pairs;
    const triples = this.#triples;
    const { indices } = this.#row;
    let at = 0;
    for (let i = 0; i < bins.length; i++) {
      bins[i] = binOf(this.#x[i]!);
      indices[at++] = this.#placeOf(i, bins[i]!);
    }
    let tuple = bins.length;
    for (let i = 0; i < pairs.length; i += 2)
      indices[at++] = this.#placeOf(tuple++, bins[pairs[i]!]! * BINS + bins[pairs[i + 1]!]!);
    for (let i = 0; i < triples.length; i += 3) {
      const cell = (bins[triples[i]!]! * BINS + bins[triples[i + 1]!]!) * BINS + bins[triples[i + 2]!]!;
      indices[at++] = this.#placeOf(tuple++, cell);
    }
    return this.#row;
  }

  #placeOf(tuple: number, cell: number): number {
    return (Math.imul(tuple * BINS ** 3 + cell, 0x9e3779b1) >>> 12) & (this.#places - 1);
  }

  state(): PartState {
    return joinStates({ model: this.#model.state(), view: this.#view.state() });
  }

  restore(state: PartState): void {
    this.#model.restore(partOfState(state, 'model'));
    this.#view.restore(partOfState(state, 'view'));
  }
}

function binOf(value: number): number {
  let bin = 0;
  while (bin < EDGES.length && value > EDGES[bin]!) bin++;
  return bin;
}

/** All sets of `length` different numbers below `size`. */
function tuples(size: number, length: number): number[][] {
  if (length === 0) return [[]];
  return tuples(size, length - 1).flatMap((shorter) =>
    Array.from({ length: shorter.at(-1) ?? size }, (_, next) => [...shorter, next]),
  );
}
