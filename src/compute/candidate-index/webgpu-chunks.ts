import type { TensorInfo } from '@tensorflow/tfjs-core';
import { computeFailed } from '../compute-failed.ts';
import { createResidentBuffer, type ResidentBuffer } from '../webgpu/resident-buffer.ts';
import type { WebGpuTensors } from '../webgpu/tensors.ts';
import { candidateLimits } from './candidate-index.ts';
import type { RowCodec } from './row-codec.ts';
import { groupsAtOnce, rowsOfGroup, scatterRows } from './webgpu-row-layout.ts';

/** A run of slots in a buffer of its own. */
export interface Chunk {
  readonly firstSlot: number;
  readonly rows: number;
  readonly buffer: ResidentBuffer;
}

const leastRows = 1024;
/** A buffer holds a multiple of this. */
const rowsAtOnce = rowsOfGroup * groupsAtOnce;
/** What is staged at once: tfjs's pool keeps buffers of these sizes. */
const stagedBytes = 4 * 1024 * 1024;
const stagedRows = [1, 16, 256, 4096, 65_536] as const;

/**
 * Rows in as many buffers as the device's limits ask for. A new one is as large as all before it together, so that nothing is ever copied; a buffer
 * never shrinks and goes with the index.
 */
export class WebGpuChunks {
  readonly #tensors: WebGpuTensors;
  readonly #codec: RowCodec;
  readonly #mostRows: number;
  readonly chunks: Chunk[] = [];
  #rows = 0;
  #destroyed = false;

  constructor(tensors: WebGpuTensors, codec: RowCodec) {
    this.#tensors = tensors;
    this.#codec = codec;
    const { maxStorageBufferBindingSize, maxBufferSize, maxComputeWorkgroupsPerDimension } = tensors.device.limits;
    const fitting = Math.floor(Math.min(maxStorageBufferBindingSize, maxBufferSize) / codec.rowBytes / rowsAtOnce);
    this.#mostRows = rowsAtOnce * Math.min(fitting, maxComputeWorkgroupsPerDimension);
  }

  /** Slots that there is room for; a multiple of 256. */
  get rows(): number {
    return this.#rows;
  }

  get bytes(): number {
    return this.chunks.reduce((sum, { buffer }) => sum + buffer.bytes, 0);
  }

  /** Makes room for slots below `end`. @throws COMPUTE_FAILED where the device has no memory for it, and what there was stays; or where all is destroyed meanwhile */
  async reserve(end: number): Promise<void> {
    while (this.#rows < end) {
      const asked = Math.max(end - this.#rows, this.#rows, leastRows);
      const rows = Math.min(this.#mostRows, rowsAtOnce * Math.ceil(asked / rowsAtOnce));
      const capped = Math.min(rows, candidateLimits.candidates - this.#rows);
      const buffer = await createResidentBuffer(this.#tensors, (capped * this.#codec.rowBytes) / 4, 'int32');
      if (this.#destroyed) {
        buffer.destroy();
        throw computeFailed('webgpu', 'the index was disposed');
      }
      this.chunks.push({ firstSlot: this.#rows, rows: capped, buffer });
      this.#rows += capped;
    }
  }

  /**
   * Records that rows go into their slots, and submits it.
   * @param rows row-major [slots, features] @param scales by slot; written where the codec has any
   */
  write(slots: Int32Array, rows: Float32Array, scales: Float32Array | undefined): void {
    for (const chunk of this.chunks) {
      const inside: number[] = [];
      slots.forEach((slot, row) => {
        if (slot >= chunk.firstSlot && slot < chunk.firstSlot + chunk.rows) inside.push(row);
      });
      let done = 0;
      while (done < inside.length) {
        const piece = inside.slice(done, done + this.#pieceRows(inside.length - done));
        this.#scatter(chunk, piece, slots, rows, scales);
        done += piece.length;
      }
    }
  }

  destroy(): void {
    this.#destroyed = true;
    for (const { buffer } of this.chunks.splice(0)) buffer.destroy();
  }

  #pieceRows(left: number): number {
    const fitting = stagedRows.filter((count) => count * this.#codec.rowBytes <= stagedBytes);
    return fitting.find((count) => count >= left) ?? fitting.at(-1) ?? 1;
  }

  #scatter(
    chunk: Chunk,
    piece: readonly number[],
    slots: Int32Array,
    rows: Float32Array,
    scales: Float32Array | undefined,
  ): void {
    const { width, features, rowBytes } = this.#codec;
    const padded = this.#pieceRows(piece.length);
    const words = new Int32Array((padded * rowBytes) / 4);
    const places = new Int32Array(padded);
    piece.forEach((row, at) => {
      const scale = this.#codec.encode(rows, row * features, words.buffer, at * rowBytes);
      if (scales) scales[slots[row]!] = scale;
      places[at] = slots[row]! - chunk.firstSlot;
    });
    const inputs: TensorInfo[] = [];
    try {
      for (const values of [words, places]) inputs.push(this.#tensors.upload(values));
      const groups = Math.ceil((piece.length * width) / rowsOfGroup);
      this.#tensors.run(scatterRows, inputs, { rows: piece.length, width }, chunk.buffer.tensor, groups);
    } finally {
      for (const input of inputs) this.#tensors.release(input);
    }
    // Submitted piece by piece, so that the next one finds the staging buffers in the pool.
    this.#tensors.submit();
  }
}
