import { TendrilError } from '../../errors.ts';
import { normalise, spaceId, type EmbeddingSpace } from './embedding-space.ts';
import { embedTerms, embedText } from './hashed-text.ts';
import type { HeldVector } from './retrieval-entry.ts';
import { textTerms } from './text-terms.ts';
import { VectorTable } from './vector-table.ts';

/** What names something: its text, its vector, or both. */
export interface Described {
  readonly text?: string | undefined;
  readonly embedding?: { readonly spaceId: string; readonly vector: readonly number[] } | undefined;
}

/** Keeps the vectors of one space ready to compare, and those of others apart from them. */
export class EntryVectors {
  readonly spaceId: string;
  readonly size: number;
  readonly #embedsText: boolean;
  readonly #table: VectorTable;

  /** @param embedsText whether texts become vectors here, by feature hashing; otherwise vectors come from outside */
  constructor(space: EmbeddingSpace, embedsText: boolean) {
    this.spaceId = spaceId(space);
    this.size = space.size;
    this.#embedsText = embedsText;
    this.#table = new VectorTable(space.size);
  }

  /**
   * The vector that `described` brings, or that its text gives here. One of another space is held, but gives way to the text where texts become
   * vectors here. Null while it is still to come.
   * @throws INVALID_DATA when a vector of this space has another size, or numbers that are not finite
   */
  hold({ text, embedding }: Described): HeldVector {
    if (embedding?.spaceId === this.spaceId) return this.#ownSlot(embedding.vector);
    if (text !== undefined && this.#embedsText) return this.#ownSlot(embedText(text, this.size));
    if (embedding) return { spaceId: embedding.spaceId, values: Float32Array.from(embedding.vector) };
    return null;
  }

  /** @throws INVALID_DATA as {@link hold} would */
  check({ embedding }: Described): void {
    if (embedding?.spaceId === this.spaceId) this.#checked(embedding.vector);
  }

  /** Takes a vector up as {@link values} gave it, bit for bit where it is of this space. */
  restore(id: string, values: Float32Array, text: string | undefined): HeldVector {
    if (id === this.spaceId) return { spaceId: id, slot: this.#table.add(values) };
    return this.hold({ text, embedding: { spaceId: id, vector: [...values] } });
  }

  /**
   * A question's vector in this space, and the one to find items by.
   * @param importance factors of its terms, where its text is embedded here
   * @throws INVALID_DATA where it has none
   */
  query(
    { text, embedding }: Described,
    importance: (hash: number) => number,
  ): { plain: Float32Array; weighed: Float32Array } {
    if (embedding?.spaceId === this.spaceId) {
      const vector = this.#checked(embedding.vector);
      return { plain: vector, weighed: vector };
    }
    if (text !== undefined && this.#embedsText) {
      const terms = textTerms(text);
      return { plain: embedTerms(terms, this.size), weighed: embedTerms(terms, this.size, importance) };
    }
    const given = embedding ? `an embedding of ${embedding.spaceId}` : 'no embedding';
    throw new TendrilError('INVALID_DATA', { reason: `the query has ${given}, the store holds ${this.spaceId}` });
  }

  /** Cosine of `query` and a held vector; null where they are of different spaces. */
  similarity(query: Float32Array, held: HeldVector): number | null {
    return held && 'slot' in held ? this.#table.dot(query, held.slot) : null;
  }

  /** Cosine of `query` and the vector in every slot, in one pass over the memory. */
  similarities(query: Float32Array): Float64Array {
    return this.#table.dots(query);
  }

  /** Cosine of `query` and the vector in one slot: the same bits as in {@link similarities}. */
  similarityAt(query: Float32Array, slot: number): number {
    return this.#table.dot(query, slot);
  }

  /** The vector in a slot; a view, valid until the next is held. */
  at(slot: number): Float32Array {
    return this.#table.at(slot);
  }

  /** The numbers of a held vector, for a state. */
  values(held: NonNullable<HeldVector>): Float32Array {
    return 'slot' in held ? this.#table.at(held.slot) : held.values;
  }

  isOwn(held: HeldVector): boolean {
    return held !== null && 'slot' in held;
  }

  sizeOf(held: HeldVector): number {
    if (held === null) return 0;
    return 'slot' in held ? this.size : held.values.length;
  }

  release(held: HeldVector): void {
    if (held && 'slot' in held) this.#table.remove(held.slot);
  }

  #ownSlot(vector: ArrayLike<number>): HeldVector {
    return { spaceId: this.spaceId, slot: this.#table.add(this.#checked(vector)) };
  }

  #checked(vector: ArrayLike<number>): Float32Array {
    const checked = Float32Array.from(vector);
    if (checked.length === this.size && checked.every(Number.isFinite)) return normalise(checked);
    throw new TendrilError('INVALID_DATA', { reason: `a vector of ${this.spaceId} has ${this.size} finite numbers` });
  }
}
