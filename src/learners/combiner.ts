import type { PartState } from '../core/part-state.ts';
import { normaliseInPlace, softmaxInPlace } from './members/class-arrays.ts';
import { PresentClasses } from './members/present-classes.ts';
import { joinStates, partOfState, readTensor } from '../core/read-state.ts';

/** No member's probability counts as smaller: what is certain and wrong must not silence the others for good. */
const LEAST = 0.002;
/** Steps of the stacked weights, in units of the root mean squared gradient. */
const STACK_RATES = [0.01, 0.003] as const;
/** What all stacked weights together start with; members err alike, but less than if they were one. */
const FIRST_SUM = 1.2;
const GRADIENT_SHARE = 0.01;
/** Hedge forgets losses over about this many labels. */
const HEDGE_WINDOWS = [30, 300] as const;
/** The choice between the views forgets over about this many. */
const VIEW_WINDOW = 400;
const STACKS = STACK_RATES.length;
const VIEWS = STACKS + HEDGE_WINDOWS.length + 1;

/**
 * Probabilities of several models to one. Two levels: stacked generalisation (Wolpert 1992) in log space, a weight ≥ 0 for each member learned by
 * gradient steps on the log loss, which also calibrates, at two rates; beside it exponentially weighted averages (Hedge, Freund and Schapire
 * 1997) on the log loss with forgetting, at two; beside the plain mean; and Hedge again between these five. Losses are over the present classes alone, so that no
 * member gains by denying a class that is merely not seen lately.
 */
export class Combiner {
  readonly #members: number;
  readonly #remembering: readonly number[];
  #classes: number;
  readonly #present: PresentClasses;
  /** [stacks, members] */
  #stack: Float64Array<ArrayBuffer>;
  /** [stacks, members] running mean squared gradients. */
  #gradients: Float64Array<ArrayBuffer>;
  /** [hedges, members] discounted log losses. */
  #losses: Float64Array<ArrayBuffer>;
  /** [views] discounted log losses. */
  #viewLosses: Float64Array<ArrayBuffer>;
  /** Weights that follow from the losses. */
  readonly #hedge: Float64Array;
  readonly #viewWeights: Float64Array;
  /** [members, classes] probabilities at hand over the classes in question, and their logarithms. */
  #shares: Float64Array;
  #logs: Float64Array;
  /** [views, classes] */
  #views: Float64Array;
  /** [classes] 1 for those in question. */
  #asked: Uint8Array;

  /**
   * @param remembering members that tell classes which are not seen lately from those that are, as far as is known (by replay, or by counting each
   * class on its own): they alone decide on absent classes. Without any, all members do.
   */
  constructor(memberCount: number, classCount: number, remembering: readonly number[] = []) {
    this.#members = memberCount;
    this.#remembering = remembering;
    this.#classes = classCount;
    this.#present = new PresentClasses(classCount);
    this.#stack = new Float64Array(STACKS * memberCount).fill(FIRST_SUM / memberCount);
    this.#gradients = new Float64Array(STACKS * memberCount).fill(GRADIENT_SHARE);
    this.#losses = new Float64Array(HEDGE_WINDOWS.length * memberCount);
    this.#viewLosses = new Float64Array(VIEWS);
    this.#hedge = new Float64Array(this.#losses.length).fill(1 / memberCount);
    this.#viewWeights = new Float64Array(VIEWS).fill(1 / VIEWS);
    this.#shares = new Float64Array(memberCount * classCount);
    this.#logs = new Float64Array(memberCount * classCount);
    this.#views = new Float64Array(VIEWS * classCount);
    this.#asked = new Uint8Array(classCount);
  }

  growClasses(count: number): void {
    if (count <= this.#classes) return;
    this.#classes = count;
    this.#present.growClasses(count);
    this.#shares = new Float64Array(this.#members * count);
    this.#logs = new Float64Array(this.#members * count);
    this.#views = new Float64Array(VIEWS * count);
    this.#asked = new Uint8Array(count);
  }

  /** @param probabilities [members, classes] @param out [classes] adds up to 1 */
  predictProba(probabilities: Float64Array, out: Float64Array): void {
    const present = this.#remembering.length > 0 ? this.#askPresent() : 0;
    if (present === 0) this.#asked.fill(1);
    this.#combine(probabilities);
    const views = this.#views;
    out.fill(0);
    for (let view = 0, at = 0; view < VIEWS; view++)
      for (let c = 0; c < this.#classes; c++, at++) out[c]! += this.#viewWeights[view]! * views[at]!;
    normaliseInPlace(out);
    if (present > 0 && present < this.#classes) this.#addAbsent(probabilities, out);
  }

  /** How many classes are present. */
  #askPresent(): number {
    let present = 0;
    for (let c = 0; c < this.#classes; c++) present += this.#asked[c] = this.#present.has(c) ? 1 : 0;
    return present;
  }

  /** What was combined is about the present classes: they share what the members that remember leave to them. */
  #addAbsent(probabilities: Float64Array, out: Float64Array): void {
    let absent = 0;
    for (let c = 0; c < this.#classes; c++) {
      if (this.#asked[c] === 1) continue;
      for (const member of this.#remembering)
        out[c]! += probabilities[member * this.#classes + c]! / this.#remembering.length;
      absent += out[c]!;
    }
    for (let c = 0; c < this.#classes; c++) if (this.#asked[c] === 1) out[c]! *= Math.max(0, 1 - absent);
    normaliseInPlace(out);
  }

  /** @param probabilities [members, classes] what the members said before they learned this label @param weight ≥ 0 */
  learnOne(probabilities: Float64Array, label: number, weight: number): void {
    this.#present.learnOne(label);
    this.#askPresent();
    this.#combine(probabilities);
    for (let view = 0; view < VIEWS; view++) {
      const loss = -Math.log(Math.max(LEAST, this.#views[view * this.#classes + label]!));
      this.#viewLosses[view] = this.#viewLosses[view]! * (1 - 1 / VIEW_WINDOW) + weight * loss;
    }
    HEDGE_WINDOWS.forEach((window, hedge) => {
      for (let member = 0, at = hedge * this.#members; member < this.#members; member++, at++)
        this.#losses[at] = this.#losses[at]! * (1 - 1 / window) - weight * this.#logs[member * this.#classes + label]!;
    });
    STACK_RATES.forEach((rate, stack) => this.#learnStack(stack, label, rate * weight));
    this.#weigh();
  }

  #learnStack(stack: number, label: number, rate: number): void {
    for (let member = 0; member < this.#members; member++) {
      let gradient = 0;
      for (let c = 0; c < this.#classes; c++) {
        if (this.#asked[c] === 0) continue;
        const error = this.#views[stack * this.#classes + c]! - (c === label ? 1 : 0);
        gradient += error * this.#logs[member * this.#classes + c]!;
      }
      const at = stack * this.#members + member;
      this.#gradients[at]! += GRADIENT_SHARE * (gradient * gradient - this.#gradients[at]!);
      this.#stack[at] = Math.max(0, this.#stack[at]! - (rate * gradient) / (Math.sqrt(this.#gradients[at]!) + 1e-3));
    }
  }

  /** Fills the views with what each says of the classes in question; 0 for the others. */
  #combine(probabilities: Float64Array): void {
    for (let member = 0; member < this.#members; member++) this.#takeMember(probabilities, member * this.#classes);
    for (let stack = 0; stack < STACKS; stack++) this.#stackView(stack);
    for (let hedge = 0; hedge < HEDGE_WINDOWS.length; hedge++) this.#hedgeView(hedge);
    this.#meanView();
  }

  #takeMember(probabilities: Float64Array, start: number): void {
    let total = 0;
    for (let c = 0; c < this.#classes; c++) if (this.#asked[c] === 1) total += probabilities[start + c]!;
    for (let c = 0; c < this.#classes; c++) {
      if (this.#asked[c] === 0) {
        this.#shares[start + c] = 0;
        continue;
      }
      const share = Math.max(LEAST, total > 0 ? probabilities[start + c]! / total : 0);
      this.#shares[start + c] = share;
      this.#logs[start + c] = Math.log(share);
    }
  }

  #stackView(stack: number): void {
    const scores = this.#views.subarray(stack * this.#classes, (stack + 1) * this.#classes);
    for (let c = 0; c < this.#classes; c++) {
      let score = 0;
      for (let member = 0; member < this.#members; member++)
        score += this.#stack[stack * this.#members + member]! * this.#logs[member * this.#classes + c]!;
      scores[c] = this.#asked[c] === 1 ? score : -Infinity;
    }
    softmaxInPlace(scores);
  }

  #hedgeView(hedge: number): void {
    const start = (STACKS + hedge) * this.#classes;
    for (let c = 0; c < this.#classes; c++) {
      let total = 0;
      for (let member = 0; member < this.#members; member++)
        total += this.#hedge[hedge * this.#members + member]! * this.#shares[member * this.#classes + c]!;
      this.#views[start + c] = total;
    }
  }

  /** The plain mean: hard to beat while there is little to weigh by. */
  #meanView(): void {
    const start = (VIEWS - 1) * this.#classes;
    for (let c = 0; c < this.#classes; c++) {
      let total = 0;
      for (let member = 0; member < this.#members; member++) total += this.#shares[member * this.#classes + c]!;
      this.#views[start + c] = total / this.#members;
    }
  }

  #weigh(): void {
    const exponential = (losses: Float64Array, weights: Float64Array) => {
      for (let i = 0; i < losses.length; i++) weights[i] = -losses[i]!;
      softmaxInPlace(weights);
    };
    exponential(this.#viewLosses, this.#viewWeights);
    for (let start = 0; start < this.#losses.length; start += this.#members)
      exponential(
        this.#losses.subarray(start, start + this.#members),
        this.#hedge.subarray(start, start + this.#members),
      );
  }

  state(): PartState {
    const tensors = {
      stack: this.#stack.slice(),
      gradients: this.#gradients.slice(),
      losses: this.#losses.slice(),
      viewLosses: this.#viewLosses.slice(),
    };
    return joinStates({ weights: { tensors, values: {} }, present: this.#present.state() });
  }

  /** False for the state of a combiner of more or fewer members, which has nothing to say about these. */
  fits(state: PartState): boolean {
    const { length = this.#stack.length } = state.tensors['weights.stack'] ?? {};
    return length === this.#stack.length || length % STACKS !== 0;
  }

  /** @throws CHECKPOINT_CORRUPT when it is not a state of such a combiner */
  restore(state: PartState): void {
    const weights = partOfState(state, 'weights');
    const stack = readTensor(weights, 'stack', 'f64', this.#stack.length);
    const gradients = readTensor(weights, 'gradients', 'f64', this.#gradients.length);
    const losses = readTensor(weights, 'losses', 'f64', this.#losses.length);
    const viewLosses = readTensor(weights, 'viewLosses', 'f64', VIEWS);
    this.#present.restore(partOfState(state, 'present'));
    this.#stack = stack;
    this.#gradients = gradients;
    this.#losses = losses;
    this.#viewLosses = viewLosses;
    this.#weigh();
  }
}
