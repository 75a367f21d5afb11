import type { NetworkSpec } from '../compute.ts';
import { createMatrix, type Matrix } from './matrix.ts';
import { WeightedRows } from './weighted-rows.ts';

/** What a forward and a backward pass over up to so many rows write; made once, and again only for more rows than ever before. */
export class Workspace {
  readonly capacity: number;
  /** The caller's own numbers. */
  readonly inputs: Matrix;
  /** Activations of each hidden layer. */
  readonly hidden: readonly Matrix[];
  /** Derivatives of the loss with respect to the sums of each hidden layer. */
  readonly slopes: readonly Matrix[];
  /** Scores, then the derivatives with respect to them. */
  readonly scores: Matrix;
  readonly scratch = new WeightedRows();
  readonly #bytes: number;
  readonly #ownScores: Float32Array;

  constructor({ inputSize, hiddenSizes, outputSize }: NetworkSpec, capacity: number) {
    const layer = (size: number): Matrix => createMatrix(new Float32Array(capacity * size), 0, capacity, size);
    this.capacity = capacity;
    this.inputs = createMatrix(nothing, 0, 0, inputSize);
    this.hidden = hiddenSizes.map(layer);
    this.slopes = hiddenSizes.map(layer);
    this.scores = layer(outputSize);
    this.#ownScores = this.scores.values;
    this.#bytes = [...this.hidden, ...this.slopes, this.scores].reduce((sum, { values }) => sum + values.byteLength, 0);
  }

  get bytes(): number {
    return this.#bytes + this.scratch.bytes;
  }

  /**
   * Makes everything `rows` rows high, over these inputs.
   * @param start place of the first input @param scores where the scores go; the workspace's own vector where it is not given
   */
  lay(rows: number, inputs: Float32Array, start = 0, scores = this.#ownScores, scoresStart = 0): void {
    this.inputs.values = inputs;
    this.inputs.start = start;
    this.inputs.rows = rows;
    this.scores.values = scores;
    this.scores.start = scoresStart;
    this.scores.rows = rows;
    for (const layer of this.hidden) layer.rows = rows;
    for (const layer of this.slopes) layer.rows = rows;
  }

  /** Lets go of what is the caller's. */
  release(): void {
    this.inputs.values = nothing;
    this.scores.values = this.#ownScores;
  }
}

const nothing = new Float32Array(0);
