import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { WebGpuTensors } from '../webgpu/tensors.ts';
import { BestSlots } from './best-slots.ts';
import type { CandidateHits } from './candidate-index.ts';
import { encodeInt8 } from './encode-rows.ts';
import type { RowCodec } from './row-codec.ts';
import { passQueries, type BuffersBeside } from './webgpu-buffers-beside.ts';
import { chooseGroups, groupMaxima } from './webgpu-choose-programs.ts';
import type { Chunk } from './webgpu-chunks.ts';
import { groupsAtOnce, noScore, rowsOfGroup } from './webgpu-row-layout.ts';
import { queryVectors, scoreRows } from './webgpu-score-program.ts';

/** What k and the number of queries are rounded up to, because tfjs's pool keeps a buffer of each size. */
const kBuckets = [16, 64, 256, 1024, 4096] as const;
const queryBuckets = [1, 4, 16, 64] as const;

/** What is searched. */
export interface SearchedRows extends BuffersBeside {
  readonly codec: RowCodec;
  readonly chunks: readonly Chunk[];
  /** One more than the highest slot ever given out. */
  readonly end: number;
}

/** What {@link chooseGroups} gives for some queries, and what the scores of each are to be multiplied by. */
interface FoundGroups {
  readonly groups: Int32Array<ArrayBuffer>;
  readonly factors: readonly number[];
}

/** Searches on one device; whether it has a dot product of packed bytes is known by the language's features. */
export class WebGpuSearch {
  readonly #tensors: WebGpuTensors;
  readonly #isPacked: boolean;

  constructor(tensors: WebGpuTensors, isPacked: boolean) {
    this.#tensors = tensors;
    this.#isPacked = isPacked;
  }

  /**
   * Records and submits everything before it returns.
   * @param queries [count, features]
   */
  async search(rows: SearchedRows, queries: Float32Array, count: number, k: number): Promise<CandidateHits> {
    const wanted = bucket(kBuckets, k);
    const chosen = Math.min(wanted, Math.ceil(rows.end / rowsOfGroup));
    // As large as it would be with every slot given out, and read as a whole: sizes stay few.
    const most = Math.min(wanted, rows.capacity / rowsOfGroup) * (rowsOfGroup + 1);
    const fitting = queryBuckets.filter((size) => size * most <= this.#tensors.mostNumbers).at(-1) ?? 1;
    const parts: Promise<FoundGroups>[] = [];
    for (let first = 0; first < count; first += fitting) {
      const part = queries.subarray(first * rows.codec.features, (first + fitting) * rows.codec.features);
      parts.push(this.#choose(rows, part, chosen, most));
    }
    const hits = { slots: new Int32Array(count * k), scores: new Float32Array(count * k) };
    let query = 0;
    for (const { groups, factors } of await Promise.all(parts)) {
      for (const [i, factor] of factors.entries()) {
        const ofQuery = groups.subarray(i * chosen * (rowsOfGroup + 1), (i + 1) * chosen * (rowsOfGroup + 1));
        bestOf(ofQuery, chosen, k).drainInto(hits.slots, hits.scores, query * k);
        for (let at = query * k; at < (query + 1) * k; at++) hits.scores[at]! *= factor;
        query += 1;
      }
    }
    return hits;
  }

  /** The groups that the best are in, of as many queries as can be read back at once; `most` numbers are room for those of one. */
  async #choose(rows: SearchedRows, queries: Float32Array, chosen: number, most: number): Promise<FoundGroups> {
    const { features } = rows.codec;
    const count = queries.length / features;
    const groups = Math.ceil(rows.end / rowsOfGroup);
    const result = this.#tensors.allocate(bucket(queryBuckets, count) * most, 'int32');
    const factors: number[] = [];
    let reading: Promise<Float32Array<ArrayBuffer>>;
    try {
      for (let first = 0; first < count; first += passQueries) {
        const pass = queries.subarray(first * features, (first + passQueries) * features);
        factors.push(...this.#score(rows, pass, groups));
        const uniforms = { groups, k: chosen, capacity: rows.capacity, queryOffset: first };
        const inputs = [rows.maxima.tensor, rows.scores.tensor];
        this.#tensors.run(chooseGroups, inputs, uniforms, result, Math.min(passQueries, count - first));
      }
      reading = this.#tensors.read(result);
    } finally {
      this.#tensors.release(result);
    }
    return { groups: new Int32Array((await reading).buffer), factors };
  }

  /** @returns what the scores of each query are to be multiplied by */
  #score(rows: SearchedRows, queries: Float32Array, groups: number): number[] {
    const { codec, capacity, scores, maxima, chunks, taken, scales } = rows;
    const width = queries.length === codec.features ? 1 : passQueries;
    const { tensor, factors } = this.#uploadQueries(codec, queries, width);
    const scorer = scoreRows(this.#kind(codec), width);
    try {
      for (const { buffer, firstSlot, rows: room } of chunks) {
        const used = Math.min(room / rowsOfGroup, groups - firstSlot / rowsOfGroup);
        if (used <= 0) break;
        const inputs = [buffer.tensor, tensor, taken.tensor, ...(scales ? [scales.tensor] : [])];
        const uniforms = { firstSlot, width: codec.width, capacity };
        this.#tensors.run(scorer, inputs, uniforms, scores.tensor, Math.ceil(used / groupsAtOnce));
      }
    } finally {
      this.#tensors.release(tensor);
    }
    const all = (width * capacity) / rowsOfGroup;
    this.#tensors.run(groupMaxima, [scores.tensor], { groups: all }, maxima.tensor, Math.ceil(all / rowsOfGroup));
    return factors;
  }

  #uploadQueries(codec: RowCodec, queries: Float32Array, count: number): { tensor: TensorInfo; factors: number[] } {
    const { features, width, storage } = codec;
    const numbers = 4 * width * queryVectors(this.#kind(codec));
    const given = queries.length / features;
    if (storage !== 'int8') {
      const values = new Float32Array(count * numbers);
      for (let query = 0; query < given; query++)
        values.set(queries.subarray(query * features, (query + 1) * features), query * numbers);
      return { tensor: this.#tensors.upload(values), factors: new Array<number>(given).fill(1) };
    }
    const codes = new Int8Array(count * 16 * width);
    const factors = Array.from({ length: given }, (_, query) =>
      encodeInt8(queries, query * features, features, codes, query * 16 * width),
    );
    const packed = new Int32Array(codes.buffer);
    return { tensor: this.#tensors.upload(this.#isPacked ? packed : unpacked(packed)), factors };
  }

  #kind({ storage }: RowCodec) {
    return storage === 'int8' && !this.#isPacked ? 'int8-unpacked' : storage;
  }
}

/** Four vectors for each: the lowest bytes of its four numbers, then the next ones. */
function unpacked(packed: Int32Array): Int32Array<ArrayBuffer> {
  const result = new Int32Array(4 * packed.length);
  packed.forEach((number, i) => {
    const start = 16 * (i >> 2) + (i & 3);
    for (let byte = 0; byte < 4; byte++) result[start + 4 * byte] = (number << (24 - 8 * byte)) >> 24;
  });
  return result;
}

/** @param part what {@link chooseGroups} gives for one query */
function bestOf(part: Int32Array<ArrayBuffer>, chosen: number, k: number): BestSlots {
  const scores = new Float32Array(part.buffer, part.byteOffset, part.length);
  const order = Array.from({ length: chosen }, (_, place) => place).sort((a, b) => part[a]! - part[b]!);
  const best = new BestSlots(k);
  best.floor = Math.fround(noScore);
  for (const place of order) {
    const firstSlot = part[place]! * rowsOfGroup;
    const start = chosen + place * rowsOfGroup;
    for (let row = 0; row < rowsOfGroup; row++) {
      const score = scores[start + row]!;
      if (score > best.floor) best.push(firstSlot + row, score);
    }
  }
  return best;
}

/** The smallest that `wanted` fits into, and beyond the last the next power of four. */
function bucket(sizes: readonly number[], wanted: number): number {
  return sizes.find((size) => size >= wanted) ?? 4 ** Math.ceil(Math.log2(wanted) / 2);
}
