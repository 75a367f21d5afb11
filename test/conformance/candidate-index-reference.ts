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
