import { TendrilError } from '../../errors.ts';
import { candidateLimits, type CandidateIndexOptions, type CandidateStorage } from './candidate-index.ts';

export type ParsedCandidateOptions = Required<CandidateIndexOptions>;

const storages: readonly CandidateStorage[] = ['float32', 'float16', 'int8'];
const metrics: readonly ParsedCandidateOptions['metric'][] = ['inner-product', 'cosine'];

/** @throws INVALID_CONFIG */
export function parseCandidateOptions(options: CandidateIndexOptions): ParsedCandidateOptions {
  const { features, storage = 'float32', metric = 'inner-product', rescore = false, capacity = 0 } = options;
  if (!isWhole(features, 1, candidateLimits.features)) {
    throw config(`an index has 1 to ${candidateLimits.features} features, not ${features}`);
  }
  if (!isWhole(capacity, 0, candidateLimits.candidates)) {
    throw config(`an index has room for 0 to ${candidateLimits.candidates} candidates, not ${capacity}`);
  }
  if (!storages.includes(storage)) throw config(`candidates cannot be stored as ${storage}`);
  if (!metrics.includes(metric)) throw config(`there is no metric ${metric}`);
  return { features, storage, metric, rescore: rescore && storage !== 'float32', capacity };
}

/**
 * Rows as they are to be stored: checked, copied and, for cosines, of length 1.
 * @param what for the message
 * @throws INVALID_DATA
 */
export function checkedRows(
  what: string,
  values: Float32Array,
  { features, metric }: ParsedCandidateOptions,
  largest: number = candidateLimits.value,
): { rows: Float32Array<ArrayBuffer>; count: number } {
  const count = values.length / features;
  if (!Number.isInteger(count)) {
    throw data(`${what} of ${features} features have a multiple of that many numbers, not ${values.length}`);
  }
  const rows = new Float32Array(values);
  const given = metric === 'cosine' ? candidateLimits.value : largest;
  for (const value of rows) {
    // Written so that NaN does not pass.
    if (!(Math.abs(value) <= given)) throw data(`${what} have numbers up to ${given}, not ${value}`);
  }
  if (metric === 'cosine') for (let row = 0; row < count; row++) normalise(rows, row * features, features);
  return { rows, count };
}

/** The largest |x| that rows of an index may have. */
export function largestStored({ storage, metric }: ParsedCandidateOptions): number {
  return storage === 'float16' && metric === 'inner-product' ? candidateLimits.halfValue : candidateLimits.value;
}

function normalise(values: Float32Array, start: number, size: number): void {
  let squares = 0;
  for (let i = start; i < start + size; i++) squares += values[i]! * values[i]!;
  if (squares === 0) return;
  const factor = 1 / Math.sqrt(squares);
  for (let i = start; i < start + size; i++) values[i]! *= factor;
}

/** @throws INVALID_DATA */
export function checkSearch(queries: number, k: number, count: number): void {
  if (!isWhole(queries, 1, candidateLimits.queries)) {
    throw data(`a search has 1 to ${candidateLimits.queries} queries, not ${queries}`);
  }
  if (!isWhole(k, 1, count)) throw data(`k is 1 to ${count}, the number of candidates, not ${k}`);
}

export function isWhole(value: number, least: number, most: number): boolean {
  return Number.isInteger(value) && value >= least && value <= most;
}

function config(reason: string): TendrilError {
  return new TendrilError('INVALID_CONFIG', { reason });
}

export function data(reason: string): TendrilError {
  return new TendrilError('INVALID_DATA', { reason });
}
