import { normalise, type EmbeddingSpace } from './embedding-space.ts';
import { textTerms, type TextTerms } from './text-terms.ts';

/** Changes whenever the same text would get another vector. */
const VERSION = '1';

/** The space of Tendril's own vectors: feature hashing, no model to download. @param size numbers in a vector */
export function hashedTextSpace(size = 384): EmbeddingSpace {
  return { name: 'tendril-hashed-text', size, version: VERSION };
}

/** A text as a vector of length 1, or of zeros where it has no words. */
export function embedText(text: string, size: number): Float32Array {
  return embedTerms(textTerms(text), size);
}

/**
 * Terms added up in hashed places with hashed signs (Weinberger et al. 2009, arXiv 0902.2206).
 * @param importance factor of a term, e.g. its inverse document frequency; 1 without it
 */
export function embedTerms(
  { hashes, weights }: TextTerms,
  size: number,
  importance?: (hash: number) => number,
): Float32Array {
  const vector = new Float32Array(size);
  for (let term = 0; term < hashes.length; term++) {
    const hash = hashes[term]!;
    const value = importance ? weights[term]! * importance(hash) : weights[term]!;
    // The sign has a bit of its own.
    vector[(hash & 0x7fffffff) % size]! += hash >= 0 ? value : -value;
  }
  return normalise(vector);
}
