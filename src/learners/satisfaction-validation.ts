/** Labels that a new one is compared with. */
const CAPACITY = 64;
/** About the last hundred labels decide. */
const DECAY = 0.99;
const COLUMNS = 3;

/**
 * Which of two predictors orders labels better, judged on predictions made before the label was learned: each new label is compared with up to 64
 * before it, and of the pairs with different labels each predictor gets the share that it orders rightly, ties counting half
 * (the concordance behind Kendall's tau and the area under the ROC curve).
 */
export class ConcordanceComparison {
  /** [capacity · (label, first, second)], used as a ring. */
  readonly #ring = new Float64Array(CAPACITY * COLUMNS);
  #seen = 0;
  #weight = 0;
  #weightSquares = 0;
  #sum = 0;
  #squares = 0;

  static readonly stateSize = CAPACITY * COLUMNS + 5;

  update(label: number, first: number, second: number): void {
    const held = Math.min(this.#seen, CAPACITY);
    let [pairs, surplus] = [0, 0];
    for (let i = 0; i < held; i++) {
      const at = i * COLUMNS;
      const order = Math.sign(label - this.#ring[at]!);
      if (order === 0) continue;
      pairs++;
      const firstRight = 0.5 + 0.5 * order * Math.sign(first - this.#ring[at + 1]!);
      surplus += 0.5 + 0.5 * order * Math.sign(second - this.#ring[at + 2]!) - firstRight;
    }
    this.#ring.set([label, first, second], (this.#seen % CAPACITY) * COLUMNS);
    this.#seen++;
    if (pairs > 0) this.#take(surplus / pairs);
  }

  #take(surplus: number): void {
    this.#weight = DECAY * this.#weight + 1;
    this.#weightSquares = DECAY * DECAY * this.#weightSquares + 1;
    this.#sum = DECAY * this.#sum + surplus;
    this.#squares = DECAY * this.#squares + surplus * surplus;
  }

  /** Mean surplus of the second predictor's concordance over the first's, in [-1, 1]; 0 before there is a pair. */
  surplus(): number {
    return this.#weight === 0 ? 0 : this.#sum / this.#weight;
  }

  /**
   * Of `surplus`; infinite before the second label that could be compared. Each label is in its own comparisons and in those of later ones, which
   * doubles the error that independent values of the same spread would have (Hoeffding 1948, doi 10.1214/aoms/1177730196).
   */
  standardError(): number {
    const effective = this.#weightSquares === 0 ? 0 : (this.#weight * this.#weight) / this.#weightSquares;
    if (effective <= 1) return Infinity;
    const mean = this.surplus();
    return 2 * Math.sqrt(Math.max(0, this.#squares / this.#weight - mean * mean) / (effective - 1));
  }

  state(): Float64Array<ArrayBuffer> {
    return Float64Array.of(...this.#ring, this.#seen, this.#weight, this.#weightSquares, this.#sum, this.#squares);
  }

  /** @param state [stateSize] */
  restore(state: Float64Array): void {
    const at = CAPACITY * COLUMNS;
    this.#ring.set(state.subarray(0, at));
    [this.#seen, this.#weight, this.#weightSquares] = [state[at]!, state[at + 1]!, state[at + 2]!];
    [this.#sum, this.#squares] = [state[at + 3]!, state[at + 4]!];
  }
}
