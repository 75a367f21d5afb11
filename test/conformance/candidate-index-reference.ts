import type { Rng } from '../../src/core/rng.ts';

export interface ReferenceHit {
  readonly slot: number;
  readonly score: number;
}

/** Exhaustive search in double precision over rows kept by slot. */
export class ReferenceIndex {
  readonly rows = new Map<number, Float32Array>();
  readonly cosine: boolean;

  constructor(cosine: boolean) {
    this.cosine = cosine;
  }

  put(slots: ArrayLike<number>, rows: Float32Array, features: number): void {
    Array.from(slots).forEach((slot, row) => this.rows.set(slot, rows.slice(row * features, (row + 1) * features)));
  }

  /** Every candidate, best first, equal ones by slot. */
  ranking(query: Float32Array): ReferenceHit[] {
    const hits = [...this.rows].map(([slot, row]) => ({ slot, score: this.score(query, row) }));
    return hits.sort((a, b) => b.score - a.score || a.slot - b.slot);
  }

  score(query: Float32Array, row: Float32Array): number {
    const product = dot(query, row);
    const lengths = Math.sqrt(dot(query, query) * dot(row, row));
    return !this.cosine ? product : lengths === 0 ? 0 : product / lengths;
  }
}

export function dot(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0);
}

/** Standard normal numbers, [count, features]. */
export function randomRows(rng: Rng, count: number, features: number): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: count * features }, () => rng.nextGaussian());
}

/**
 * Rows around `centres` random centres: within a cluster they differ by about 0.3 of what centres do, so that neighbours are close and rounding
 * matters, as with embeddings of items of one topic.
 */
export function clusteredRows(rng: Rng, count: number, features: number, centres: number): Float32Array<ArrayBuffer> {
  const middles = randomRows(rng, centres, features);
  const rows = new Float32Array(count * features);
  for (let row = 0; row < count; row++) {
    const centre = rng.nextInt(centres);
    for (let i = 0; i < features; i++)
      rows[row * features + i] = middles[centre * features + i]! + 0.3 * rng.nextGaussian();
  }
  return rows;
}
