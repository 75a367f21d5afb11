import type { PartState } from '../../core/part-state.ts';
import type { OnlineClassifier } from '../online-model.ts';
import type { Row, RowShape } from '../row.ts';
import { LabelTrust } from './label-trust.ts';
import { StreamHistory } from './stream-history.ts';
import { joinStates, partOfState } from '../../core/read-state.ts';

/** Makes the model for rows of the wider shape. */
export type CreateModel = (shape: RowShape, classCount: number) => OnlineClassifier;

/**
 * Shows another model where the stream has just been: to every row it adds how far the numbers are from their recent levels, and what the
 * recent labels were (temporal augmentation, Žliobaitė et al. 2015, doi 10.1007/s10994-014-5441-4). Only what has been learned counts as
 * recent, and labels as far as they are believed: one wrong label must not make the next predictions wrong.
 */
export class TemporalContext implements OnlineClassifier {
  readonly #rowShape: RowShape;
  readonly #create: CreateModel;
  #classCount: number;
  #history!: StreamHistory;
  #buffers!: { readonly raw: Float32Array; readonly dense: Float32Array };
  #model!: OnlineClassifier;
  #trust!: LabelTrust;
  #probabilities!: Float64Array;

  constructor(shape: RowShape, classCount: number, create: CreateModel) {
    this.#rowShape = shape;
    this.#create = create;
    this.#classCount = classCount;
    this.#start();
  }

  #start(): void {
    const { rawSize, denseSize, hashSize } = this.#rowShape;
    this.#history = new StreamHistory(this.#rowShape, this.#classCount);
    const { size } = this.#history;
    const shape = { rawSize: rawSize + size, denseSize: denseSize + size, hashSize };
    this.#buffers = { raw: new Float32Array(shape.rawSize), dense: new Float32Array(shape.denseSize) };
    this.#trust = new LabelTrust(this.#classCount);
    this.#probabilities = new Float64Array(this.#classCount);
    this.#model = this.#create(shape, this.#classCount);
  }

  /** With the third class rows get wider, and the model starts anew. */
  growClasses(count: number): void {
    if (count <= this.#classCount) return;
    const isWider = this.#classCount <= 2;
    this.#classCount = count;
    if (isWider) {
      this.#start();
      return;
    }
    this.#model.growClasses(count);
    this.#trust.growClasses(count);
    this.#probabilities = new Float64Array(count);
  }

  predictProbaOne(row: Row, out: Float64Array): void {
    this.#model.predictProbaOne(this.#augmented(row), out);
  }

  learnOne(row: Row, label: number, weight: number): void {
    const augmented = this.#augmented(row);
    this.#model.predictProbaOne(augmented, this.#probabilities);
    const belief = this.#trust.weightOf(this.#probabilities, label);
    this.#trust.learnOne(this.#probabilities, label);
    this.#model.learnOne(augmented, label, weight);
    this.#history.learnOne(row, label, belief * weight);
  }

  followRecent(other: OnlineClassifier): void {
    if (other instanceof TemporalContext) this.#history.follow(other.#history);
  }

  /** In arrays that the next call overwrites. */
  #augmented(row: Row): Row {
    const { raw, dense } = this.#buffers;
    raw.set(row.raw);
    dense.set(row.dense);
    this.#history.write(row, dense, row.dense.length);
    for (let i = row.raw.length, j = row.dense.length; j < dense.length; i++, j++) raw[i] = dense[j]!;
    return { raw, dense, indices: row.indices, values: row.values };
  }

  state(): PartState {
    return joinStates({ history: this.#history.state(), trust: this.#trust.state(), model: this.#model.state() });
  }

  restore(state: PartState): void {
    this.#model.restore(partOfState(state, 'model'));
    this.#trust.restore(partOfState(state, 'trust'));
    this.#history.restore(partOfState(state, 'history'));
  }
}
