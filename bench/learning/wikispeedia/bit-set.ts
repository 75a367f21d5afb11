/** A fixed set of small numbers, for intersections of many sets with one another. */
export class BitSet {
  readonly #words: Uint32Array;
  /** Members. */
  readonly size: number;

  /** @param members each in [0, limit) */
  constructor(limit: number, members: Iterable<number>) {
    this.#words = new Uint32Array(Math.ceil(limit / 32));
    for (const member of members) this.#words[member >>> 5]! |= 1 << (member & 31);
    this.size = this.#words.reduce((count, word) => count + ones(word), 0);
  }

  has(member: number): boolean {
    return ((this.#words[member >>> 5]! >>> (member & 31)) & 1) === 1;
  }

  /** Members that both have; the sets must be of one limit. */
  shared(other: BitSet): number {
    const [a, b] = [this.#words, other.#words];
    let count = 0;
    for (let i = 0; i < a.length; i++) {
      const both = a[i]! & b[i]!;
      if (both !== 0) count += ones(both);
    }
    return count;
  }

  /** Cosine of the two sets' indicators, 0 where one is empty. */
  cosine(other: BitSet): number {
    const size = Math.sqrt(this.size * other.size);
    return size === 0 ? 0 : this.shared(other) / size;
  }
}

/** Bits that are 1 (Hacker's Delight, 5-1). */
function ones(word: number): number {
  let bits = word - ((word >>> 1) & 0x55555555);
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
