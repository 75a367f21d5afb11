import type { PartState } from '../../core/part-state.ts';
import { LinearClassifier } from '../members/linear-classifier.ts';
import { joinStates, partOfState, readNumber } from '../../core/read-state.ts';
import type { RowShape } from '../row.ts';
import { Signature } from './signature.ts';

/** Log losses are running means over this many comparisons, and none counts as more than this. */
const LOSS_WINDOW = 100;
const MOST_LOSS = 7;
/** Rate of a readout's first gradient steps; chosen on a held-out part of MNIST's training images. */
const READOUT_RATE = 0.2;

/** One kind of input with a readout of its own, and how well that and the shared model have predicted on it. */
export class Concept {
  readonly signature: Signature;
  readonly readout: LinearClassifier;
  #examples = 0;
  #readoutLoss = 0;
  #sharedLoss = 0;

  constructor(shape: RowShape, classes: number) {
    this.signature = new Signature(shape.denseSize);
    this.readout = new LinearClassifier(shape, classes, { steps: 'falling', rate: READOUT_RATE });
  }

  /** Bytes of one concept's state. */
  static bytes({ denseSize, hashSize }: RowShape, classes: number): number {
    return 4 * (2 * denseSize + classes * (denseSize + hashSize + 1));
  }

  /** Whether its own readout has predicted at least as well as the shared model. */
  get prefersReadout(): boolean {
    return this.#readoutLoss <= this.#sharedLoss;
  }

  /** The shared model goes on to learn something else: that it was the better one counts no more until it is seen again. */
  doubtShared(): void {
    this.#sharedLoss = Math.max(this.#sharedLoss, this.#readoutLoss);
  }

  /** @param readout @param shared probabilities of the label before it was learned */
  updateLosses(readout: number, shared: number): void {
    this.#examples++;
    const rate = 1 / Math.min(this.#examples, LOSS_WINDOW);
    this.#readoutLoss += rate * (logLoss(readout) - this.#readoutLoss);
    this.#sharedLoss += rate * (logLoss(shared) - this.#sharedLoss);
  }

  state(): PartState {
    const own = {
      tensors: {},
      values: { examples: this.#examples, readoutLoss: this.#readoutLoss, sharedLoss: this.#sharedLoss },
    };
    return joinStates({ own, signature: this.signature.state(), readout: this.readout.state() });
  }

  restore(state: PartState): void {
    const own = partOfState(state, 'own');
    this.#examples = readNumber(own, 'examples', 0, Number.MAX_SAFE_INTEGER);
    this.#readoutLoss = readNumber(own, 'readoutLoss', 0, MOST_LOSS);
    this.#sharedLoss = readNumber(own, 'sharedLoss', 0, MOST_LOSS);
    this.signature.restore(partOfState(state, 'signature'));
    this.readout.restore(partOfState(state, 'readout'));
  }
}

function logLoss(probability: number): number {
  return Math.min(MOST_LOSS, -Math.log(Math.max(probability, 1e-12)));
}
