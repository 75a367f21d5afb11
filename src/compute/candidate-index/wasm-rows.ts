import { loadKernels, type Address } from '../wasm/kernels.ts';
import { candidateLimits, type CandidateStorage } from './candidate-index.ts';
import { encodeInt8 } from './encode-rows.ts';
import { rowsAtOnce, type HostRows } from './host-rows.ts';
import { RowCodec } from './row-codec.ts';

/** What kernels/candidates.ts exports. Nothing is checked there: addresses and sizes have to be right. */
interface CandidateKernels {
  readonly memory: WebAssembly.Memory;
  scoreFloats(query: Address, rows: Address, scores: Address, width: number, count: number): void;
  scoreHalves(query: Address, rows: Address, scores: Address, width: number, count: number): void;
  scoreCodes(query: Address, rows: Address, scales: Address, scores: Address, width: number, count: number): void;
}

const pageBytes = 65_536;
/** Rows by which the memory grows; with int8 their scales lie behind them. */
const rowsOfChunk = 8192;
const scoresAt: Address = 64;
const queriesAt: Address = scoresAt + 4 * rowsAtOnce;

/**
 * Rows in a WebAssembly memory of their own, which goes with them: a memory never shrinks.
 * @throws BACKEND_UNAVAILABLE
 */
export async function createWasmRows(features: number, storage: CandidateStorage): Promise<HostRows> {
  return new WasmRows((await loadKernels()) as unknown as CandidateKernels, new RowCodec(features, storage));
}

class WasmRows implements HostRows {
  #kernels: CandidateKernels | undefined;
  readonly #codec: RowCodec;
  readonly #queryBytes: number;
  readonly #rowsAt: Address;
  readonly #chunkBytes: number;
  #chunks = 0;
  #factors: number[] = [];
  #scores = new Float32Array(0);

  constructor(kernels: CandidateKernels, codec: RowCodec) {
    this.#kernels = kernels;
    this.#codec = codec;
    // A query has 16 bits for a code, 32 for a half.
    this.#queryBytes = codec.rowBytes * (codec.storage === 'float32' ? 1 : 2);
    this.#rowsAt = queriesAt + candidateLimits.queries * this.#queryBytes;
    this.#chunkBytes = rowsOfChunk * (codec.rowBytes + (codec.storage === 'int8' ? 4 : 0));
    this.#growTo(this.#rowsAt);
  }

  get bytes(): number {
    return this.#kernels?.memory.buffer.byteLength ?? 0;
  }

  reserve(end: number): void {
    const chunks = Math.ceil(end / rowsOfChunk);
    if (chunks <= this.#chunks) return;
    this.#growTo(this.#rowsAt + chunks * this.#chunkBytes);
    this.#chunks = chunks;
  }

  write(slot: number, values: Float32Array, start: number): void {
    const buffer = this.#buffer();
    const scale = this.#codec.encode(values, start, buffer, this.#rowAt(slot));
    if (this.#codec.storage === 'int8') new Float32Array(buffer, this.#scaleAt(slot), 1)[0] = scale;
  }

  setQueries(queries: Float32Array, count: number): void {
    this.#factors = Array.from({ length: count }, (_, query) => this.#setQuery(queries, query));
  }

  score(query: number, first: number, count: number): Float32Array {
    const kernels = this.#usable();
    const { storage, width } = this.#codec;
    const queryAt = queriesAt + query * this.#queryBytes;
    const rowsAt = this.#rowAt(first);
    const padded = 4 * Math.ceil(count / 4);
    if (storage === 'int8') kernels.scoreCodes(queryAt, rowsAt, this.#scaleAt(first), scoresAt, width, padded);
    else if (storage === 'float16') kernels.scoreHalves(queryAt, rowsAt, scoresAt, width, padded);
    else kernels.scoreFloats(queryAt, rowsAt, scoresAt, width, padded);
    if (this.#scores.buffer !== kernels.memory.buffer) {
      this.#scores = new Float32Array(kernels.memory.buffer, scoresAt, rowsAtOnce);
    }
    return this.#scores;
  }

  scoreFactor(query: number): number {
    return this.#factors[query]!;
  }

  dispose(): void {
    this.#kernels = undefined;
    this.#scores = new Float32Array(0);
  }

  /** @returns what the query's scores are to be multiplied by */
  #setQuery(queries: Float32Array, query: number): number {
    const { features, storage } = this.#codec;
    const start = query * features;
    const place = queriesAt + query * this.#queryBytes;
    if (storage === 'int8') {
      const codes = new Int8Array(features);
      const scale = encodeInt8(queries, start, features, codes, 0);
      new Int16Array(this.#buffer(), place, features).set(codes);
      return scale;
    }
    const values = new Float32Array(this.#buffer(), place, features);
    values.set(queries.subarray(start, start + features));
    if (storage === 'float32') return 1;
    const shift = 2 ** exponentOf(values);
    for (let i = 0; i < features; i++) values[i] = (values[i]! / shift) * 2 ** 112;
    return shift;
  }

  #rowAt(slot: number): Address {
    return this.#chunkAt(slot) + (slot % rowsOfChunk) * this.#codec.rowBytes;
  }

  #scaleAt(slot: number): Address {
    return this.#chunkAt(slot) + rowsOfChunk * this.#codec.rowBytes + 4 * (slot % rowsOfChunk);
  }

  #chunkAt(slot: number): Address {
    return this.#rowsAt + Math.floor(slot / rowsOfChunk) * this.#chunkBytes;
  }

  #growTo(bytes: number): void {
    const { memory } = this.#usable();
    const missing = bytes - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / pageBytes));
  }

  #buffer(): ArrayBuffer {
    return this.#usable().memory.buffer;
  }

  #usable(): CandidateKernels {
    if (!this.#kernels) throw new RangeError('the rows were disposed');
    return this.#kernels;
  }
}

/** That of the largest |x|, 0 for zeros: a query divided by 2 to it is far from what single precision cannot hold. */
function exponentOf(values: Float32Array): number {
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return largest === 0 ? 0 : Math.floor(Math.log2(largest));
}
