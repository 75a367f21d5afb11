import { Rng } from '../../src/core/rng.ts';

/** Rows and queries, row-major. */
export interface Candidates {
  readonly rows: Float32Array<ArrayBuffer>;
  readonly queries: Float32Array<ArrayBuffer>;
  readonly features: number;
}

/** Numbers in ±1, the same for all who are compared. */
export function uniformCandidates(count: number, features: number, queries: number, seed: number): Candidates {
  const rng = Rng.fromSeed(seed);
  const uniform = (length: number): Float32Array<ArrayBuffer> =>
    Float32Array.from({ length }, () => 2 * rng.nextFloat() - 1);
  return { rows: uniform(count * features), queries: uniform(queries * features), features };
}

/** Standard normal numbers: neighbours are far, and the best ten close together. */
export function randomEmbeddings(count: number, features: number, queries: number, seed: number): Candidates {
  const rng = Rng.fromSeed(seed);
  const normal = (length: number): Float32Array<ArrayBuffer> => Float32Array.from({ length }, () => rng.nextGaussian());
  return { rows: normal(count * features), queries: normal(queries * features), features };
}

/**
 * Clusters as embeddings of items have them: a hundred rows a cluster, which differ from its middle by a normal number times `spread` in each feature. A query is
 * a new member of one of them.
 */
export function clusteredEmbeddings(
  count: number,
  features: number,
  queries: number,
  seed: number,
  spread = 0.3,
): Candidates {
  const rng = Rng.fromSeed(seed);
  const clusters = Math.max(1, Math.round(count / 100));
  const middles = Float32Array.from({ length: clusters * features }, () => rng.nextGaussian());
  const members = (length: number): Float32Array<ArrayBuffer> => {
    const values = new Float32Array(length * features);
    for (let row = 0; row < length; row++) {
      const start = rng.nextInt(clusters) * features;
      for (let i = 0; i < features; i++) values[row * features + i] = middles[start + i]! + spread * rng.nextGaussian();
    }
    return values;
  };
  return { rows: members(count), queries: members(queries), features };
}
