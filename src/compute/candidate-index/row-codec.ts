import type { CandidateStorage } from './candidate-index.ts';
import { encodeInt8, toHalf } from './encode-rows.ts';

/** Rows as words of 16 bytes, row after row; numbers beyond a row's features are 0. */
export class RowCodec {
  readonly storage: CandidateStorage;
  readonly features: number;
  /** Words of a row. */
  readonly width: number;

  constructor(features: number, storage: CandidateStorage) {
    this.storage = storage;
    this.features = features;
    this.width = Math.ceil(features / { float32: 4, float16: 8, int8: 16 }[storage]);
  }

  /** Bytes of a row. */
  get rowBytes(): number {
    return 16 * this.width;
  }

  /**
   * Encodes the row that begins at `start` of `values` into zeroes, or an earlier row, at byte `offset` of `buffer`.
   * @returns its scale: 1 but with int8
   */
  encode(values: Float32Array, start: number, buffer: ArrayBuffer, offset: number): number {
    switch (this.storage) {
      case 'float32':
        new Float32Array(buffer, offset, this.features).set(values.subarray(start, start + this.features));
        return 1;
      case 'float16': {
        const halves = new Uint16Array(buffer, offset, this.features);
        for (let i = 0; i < halves.length; i++) halves[i] = toHalf(values[start + i]!);
        return 1;
      }
      case 'int8':
        return encodeInt8(values, start, this.features, new Int8Array(buffer, offset, this.features), 0);
    }
  }
}
