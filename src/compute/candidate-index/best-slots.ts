/**
 * The `k` best of scores that are offered by ascending slot: a heap whose root is the worst that is kept. Of equal scores the lower slots stay, which
 * needs no comparison of slots but in the heap, because a later one never takes the place of an equal.
 */
export class BestSlots {
  readonly #k: number;
  readonly #scores: Float32Array;
  readonly #slots: Int32Array;
  #size = 0;
  /** A score must be above it to count. */
  floor = -Infinity;

  constructor(k: number) {
    this.#k = k;
    this.#scores = new Float32Array(k);
    this.#slots = new Int32Array(k);
  }

  /** For scores above {@link floor}; slots must ascend from call to call. */
  push(slot: number, score: number): void {
    if (this.#size < this.#k) this.#rise(this.#size++, score, slot);
    else this.#sink(0, score, slot, this.#size);
    if (this.#size === this.#k) this.floor = this.#scores[0]!;
  }

  /** Writes slots and scores, best first, to `at` and after; the heap is used up. */
  drainInto(slots: Int32Array, scores: Float32Array, at: number): void {
    for (let last = this.#size - 1; last >= 0; last--) {
      slots[at + last] = this.#slots[0]!;
      scores[at + last] = this.#scores[0]!;
      this.#sink(0, this.#scores[last]!, this.#slots[last]!, last);
    }
  }

  #worse(score: number, slot: number, place: number): boolean {
    const other = this.#scores[place]!;
    return score < other || (score === other && slot > this.#slots[place]!);
  }

  #rise(place: number, score: number, slot: number): void {
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (!this.#worse(score, slot, parent)) break;
      this.#move(parent, place);
      place = parent;
    }
    this.#scores[place] = score;
    this.#slots[place] = slot;
  }

  #sink(place: number, score: number, slot: number, size: number): void {
    for (;;) {
      let child = 2 * place + 1;
      if (child >= size) break;
      if (child + 1 < size && this.#worse(this.#scores[child + 1]!, this.#slots[child + 1]!, child)) child += 1;
      if (this.#worse(score, slot, child)) break;
      this.#move(child, place);
      place = child;
    }
    this.#scores[place] = score;
    this.#slots[place] = slot;
  }

  #move(from: number, to: number): void {
    this.#scores[to] = this.#scores[from]!;
    this.#slots[to] = this.#slots[from]!;
  }
}
