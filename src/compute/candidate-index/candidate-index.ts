import type { BackendName } from '../compute.ts';

/**
 * How the rows are held. 'int8': symmetric, one scale a row (max |x| / 127), the query likewise. 'float16': IEEE half precision, the query in
 * single precision; on the cpu the rounded rows take as much room as in 'float32', because unpacking them costs more than it saves there.
 */
export type CandidateStorage = 'float32' | 'float16' | 'int8';

export interface CandidateIndexOptions {
  /** Numbers in a row, 1 to {@link candidateLimits}.features. */
  readonly features: number;
  /** Default: 'float32'. */
  readonly storage?: CandidateStorage;
  /** What candidates are ordered by; 'cosine' makes rows and queries of length 1 (one of zeros stays as it is). Default: 'inner-product'. */
  readonly metric?: 'inner-product' | 'cosine';
  /**
   * Keeps the rows in single precision in this thread's memory too, and orders the best 4 k of the stored ones anew by them. Nothing changes with
   * storage 'float32'. Default: false.
   */
  readonly rescore?: boolean;
  /** Rows to expect: fewer and larger buffers on WebGPU; nothing else depends on it. Default: 0. */
  readonly capacity?: number;
}

export const candidateLimits = {
  features: 4096,
  /** Slots of one index. */
  candidates: 1 << 22,
  /** Queries of one search. */
  queries: 64,
  /** Largest |x| of a row or query: products of two then stay finite in single precision, which a GPU may take for granted. */
  value: 1e16,
  /** Largest |x| of a row in half precision. */
  halfValue: 65504,
} as const;

/** For each query the best candidates, best first; equal scores by the lower slot. Both row-major [queries, k]. */
export interface CandidateHits {
  readonly slots: Int32Array<ArrayBuffer>;
  /** Inner products, or cosines, of the rows as they are held (of the rows as given where they are scored anew). */
  readonly scores: Float32Array<ArrayBuffer>;
}

/**
 * Rows resident on one backend, searched exhaustively for the largest inner products (as FAISS's IndexFlatIP does). A row keeps its slot until it is
 * removed; the slots of removed rows are given out again, the last removed first, so that slots depend on the calls alone and not on the backend.
 * Calls may overlap; they take effect in the order in which they were made.
 * Everything throws COMPUTE_FAILED once the index is disposed, calls that are under way included, or its device has failed. `add` throws it too where there is no
 * memory for more rows, and nothing has changed then; `search` where the device cannot have the results of one query in one piece.
 */
export interface CandidateIndex {
  readonly backend: BackendName;
  readonly features: number;
  readonly storage: CandidateStorage;
  /** Rows that are there. */
  readonly count: number;
  /**
   * @param rows row-major [n, features], copied
   * @returns the slots [n], in the order of the rows
   * @throws INVALID_DATA for rows that do not fit, and for more than {@link candidateLimits}.candidates; nothing has changed then
   */
  add(rows: Float32Array): Promise<Int32Array<ArrayBuffer>>;
  /** Puts other rows [n, features] into slots [n] that are taken. @throws INVALID_DATA as `add`, and for a slot that is free or given twice */
  replace(slots: ArrayLike<number>, rows: Float32Array): Promise<void>;
  /** Frees slots. @throws INVALID_DATA for a slot that is free or given twice; nothing has changed then */
  remove(slots: ArrayLike<number>): Promise<void>;
  /**
   * @param queries row-major [n, features]
   * @param k 1 to `count`
   * @throws INVALID_DATA
   */
  search(queries: Float32Array, k: number): Promise<CandidateHits>;
  /** What the index holds, on its device and in this thread's memory. */
  memory(): { deviceBytes: number; hostBytes: number };
  dispose(): void;
}
