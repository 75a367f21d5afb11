import { textTerms } from './text-terms.ts';

/** Power of two. Terms that share a bucket share a count, which makes a rare one look a little less rare. */
const BUCKETS = 1 << 14;

/**
 * In how many stored texts a term occurs. Used on the query's side alone (`lnc.ltc` in SMART's notation, Salton and Buckley 1988), so that
 * stored vectors do not change as the store grows and stay comparable.
 */
export class DocumentFrequencies {
  readonly #counts = new Int32Array(BUCKETS);
  #documents = 0;

  add(text: string): void {
    this.#change(text, 1);
  }

  remove(text: string): void {
    this.#change(text, -1);
  }

  /** Smoothed inverse document frequency, at least 1: ln((1 + texts) / (1 + texts with the term)) + 1. */
  readonly importance = (hash: number): number =>
    1 + Math.log((1 + this.#documents) / (1 + this.#counts[hash & (BUCKETS - 1)]!));

  #change(text: string, by: 1 | -1): void {
    this.#documents += by;
    const buckets = new Set(textTerms(text).hashes.map((hash) => hash & (BUCKETS - 1)));
    for (const bucket of buckets) this.#counts[bucket]! += by;
  }
}
