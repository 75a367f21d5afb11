import type { CandidateStorage } from './candidate-index.ts';
import { encodeInt8, fromHalf, toHalf } from './encode-rows.ts';
import { rowsAtOnce, type HostRows } from './host-rows.ts';

/** Rows side by side in memory, feature by feature: their sums do not wait for each other, and the loop has one index. */
const lanes = 4;
/** Rows of one array: growth copies nothing. */
const rowsOfChunk = 8192;

export function createCpuRows(features: number, storage: CandidateStorage): HostRows {
  return storage === 'int8' ? new Int8Rows(features) : new FloatRows(features, storage === 'float16');
}

function lanesStart(slot: number, width: number): number {
  const row = slot % rowsOfChunk;
  return (row - (row % lanes)) * width + (row % lanes);
}

class FloatRows implements HostRows {
  readonly #features: number;
  readonly #rounded: boolean;
  /** Features of a row with those that make their number even. */
  readonly #width: number;
  readonly #chunks: Float32Array[] = [];
  readonly #scores = new Float32Array(rowsAtOnce);
  #queries: Float64Array[] = [];

  constructor(features: number, rounded: boolean) {
    this.#features = features;
    this.#rounded = rounded;
    this.#width = features + (features % 2);
  }

  get bytes(): number {
    return this.#chunks.length * rowsOfChunk * this.#width * 4;
  }

  reserve(end: number): void {
    while (this.#chunks.length * rowsOfChunk < end) this.#chunks.push(new Float32Array(rowsOfChunk * this.#width));
  }

  write(slot: number, values: Float32Array, start: number): void {
    const chunk = this.#chunks[Math.floor(slot / rowsOfChunk)]!;
    let place = lanesStart(slot, this.#width);
    for (let i = start; i < start + this.#features; i++) {
      chunk[place] = this.#rounded ? fromHalf(toHalf(values[i]!)) : values[i]!;
      place += lanes;
    }
  }

  setQueries(queries: Float32Array, count: number): void {
    this.#queries = Array.from({ length: count }, (_, query) => {
      const padded = new Float64Array(this.#width);
      padded.set(queries.subarray(query * this.#features, (query + 1) * this.#features));
      return padded;
    });
  }

  score(query: number, first: number, count: number): Float32Array {
    const chunk = this.#chunks[Math.floor(first / rowsOfChunk)]!;
    scoreFloats(this.#queries[query]!, chunk, lanesStart(first, this.#width), this.#scores, count);
    return this.#scores;
  }

  scoreFactor(): number {
    return 1;
  }

  dispose(): void {
    this.#chunks.length = 0;
  }
}

class Int8Rows implements HostRows {
  readonly #features: number;
  readonly #chunks: { readonly codes: Int8Array; readonly scales: Float32Array }[] = [];
  readonly #codes: Int8Array;
  readonly #scores = new Float32Array(rowsAtOnce);
  #queries: { readonly codes: Int32Array; readonly scale: number }[] = [];

  constructor(features: number) {
    this.#features = features;
    this.#codes = new Int8Array(features);
  }

  get bytes(): number {
    return this.#chunks.length * rowsOfChunk * (this.#features + 4);
  }

  reserve(end: number): void {
    while (this.#chunks.length * rowsOfChunk < end) {
      const codes = new Int8Array(rowsOfChunk * this.#features);
      this.#chunks.push({ codes, scales: new Float32Array(rowsOfChunk) });
    }
  }

  write(slot: number, values: Float32Array, start: number): void {
    const { codes, scales } = this.#chunks[Math.floor(slot / rowsOfChunk)]!;
    scales[slot % rowsOfChunk] = encodeInt8(values, start, this.#features, this.#codes, 0);
    let place = lanesStart(slot, this.#features);
    for (const code of this.#codes) {
      codes[place] = code;
      place += lanes;
    }
  }

  setQueries(queries: Float32Array, count: number): void {
    this.#queries = Array.from({ length: count }, (_, query) => {
      const scale = encodeInt8(queries, query * this.#features, this.#features, this.#codes, 0);
      return { codes: Int32Array.from(this.#codes), scale };
    });
  }

  score(query: number, first: number, count: number): Float32Array {
    const { codes, scales } = this.#chunks[Math.floor(first / rowsOfChunk)]!;
    scoreCodes(this.#queries[query]!.codes, codes, lanesStart(first, this.#features), this.#scores, count);
    const start = first % rowsOfChunk;
    for (let row = 0; row < count; row++) this.#scores[row]! *= scales[start + row]!;
    return this.#scores;
  }

  scoreFactor(query: number): number {
    return this.#queries[query]!.scale;
  }

  dispose(): void {
    this.#chunks.length = 0;
  }
}

/** @param query of even length @param count rounded up to whole groups of rows: what is beyond is there, and is not looked at */
function scoreFloats(
  query: Float64Array,
  rows: Float32Array,
  start: number,
  scores: Float32Array,
  count: number,
): void {
  let place = start;
  for (let row = 0; row < count; row += lanes) {
    let [a, b, c, d] = [0, 0, 0, 0];
    for (let i = 0; i < query.length; i += 2) {
      const left = query[i]!;
      const right = query[i + 1]!;
      a += left * rows[place]! + right * rows[place + 4]!;
      b += left * rows[place + 1]! + right * rows[place + 5]!;
      c += left * rows[place + 2]! + right * rows[place + 6]!;
      d += left * rows[place + 3]! + right * rows[place + 7]!;
      place += 2 * lanes;
    }
    scores[row] = a;
    scores[row + 1] = b;
    scores[row + 2] = c;
    scores[row + 3] = d;
  }
}

function scoreCodes(query: Int32Array, rows: Int8Array, start: number, scores: Float32Array, count: number): void {
  let place = start;
  for (let row = 0; row < count; row += lanes) {
    let [a, b, c, d] = [0, 0, 0, 0];
    for (let i = 0; i < query.length; i++) {
      const code = query[i]!;
      a = (a + Math.imul(code, rows[place]!)) | 0;
      b = (b + Math.imul(code, rows[place + 1]!)) | 0;
      c = (c + Math.imul(code, rows[place + 2]!)) | 0;
      d = (d + Math.imul(code, rows[place + 3]!)) | 0;
      place += lanes;
    }
    scores[row] = a;
    scores[row + 1] = b;
    scores[row + 2] = c;
    scores[row + 3] = d;
  }
}
