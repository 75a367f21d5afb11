/** The `capacity` highest scores of a pass, in a heap whose root is the worst kept. Equal scores: the lower index wins. */
export class TopK {
  readonly #capacity: number;
  readonly #indices: number[] = [];
  readonly #scores: number[] = [];

  /** @param capacity at least 0 */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** The score below which nothing is kept any more. */
  get floor(): number {
    if (this.#capacity === 0) return Infinity;
    return this.#indices.length < this.#capacity ? -Infinity : this.#scores[0]!;
  }

  push(index: number, score: number): void {
    const size = this.#indices.length;
    if (size < this.#capacity) {
      this.#indices.push(index);
      this.#scores.push(score);
      this.#up(size);
    } else if (size > 0 && worse(this.#scores[0]!, this.#indices[0]!, score, index)) {
      this.#indices[0] = index;
      this.#scores[0] = score;
      this.#down(0);
    }
  }

  /** Best first. */
  sorted(): { index: number; score: number }[] {
    return this.#indices
      .map((index, at) => ({ index, score: this.#scores[at]! }))
      .sort((a, b) => b.score - a.score || a.index - b.index);
  }

  #up(start: number): void {
    let at = start;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#worseAt(at, parent)) return;
      this.#swap(at, parent);
      at = parent;
    }
  }

  #down(start: number): void {
    let at = start;
    for (;;) {
      const [left, right] = [2 * at + 1, 2 * at + 2];
      let worst = at;
      if (left < this.#indices.length && this.#worseAt(left, worst)) worst = left;
      if (right < this.#indices.length && this.#worseAt(right, worst)) worst = right;
      if (worst === at) return;
      this.#swap(at, worst);
      at = worst;
    }
  }

  #worseAt(a: number, b: number): boolean {
    return worse(this.#scores[a]!, this.#indices[a]!, this.#scores[b]!, this.#indices[b]!);
  }

  #swap(a: number, b: number): void {
    [this.#indices[a], this.#indices[b]] = [this.#indices[b]!, this.#indices[a]!];
    [this.#scores[a], this.#scores[b]] = [this.#scores[b]!, this.#scores[a]!];
  }
}

function worse(scoreA: number, indexA: number, scoreB: number, indexB: number): boolean {
  return scoreA < scoreB || (scoreA === scoreB && indexA > indexB);
}
