/** Rows share memory of about this many bytes: a buffer of its own costs a row more than all that is written into it. */
const BLOCK_BYTES = 8192;

/** Zeroed arrays for the numbers of rows, many out of one buffer. A row that is kept keeps its whole block. */
export class RowBuffers {
  readonly #rawSize: number;
  readonly #denseSize: number;
  readonly #rowBytes: number;
  readonly #blockBytes: number;
  #block: ArrayBuffer;
  #used: number;

  constructor(rawSize: number, denseSize: number) {
    this.#rawSize = rawSize;
    this.#denseSize = denseSize;
    this.#rowBytes = Float32Array.BYTES_PER_ELEMENT * (rawSize + denseSize);
    this.#blockBytes = Math.max(1, Math.floor(BLOCK_BYTES / Math.max(1, this.#rowBytes))) * this.#rowBytes;
    this.#block = new ArrayBuffer(0);
    this.#used = 0;
  }

  take(): { readonly raw: Float32Array; readonly dense: Float32Array } {
    if (this.#used + this.#rowBytes > this.#block.byteLength) {
      this.#block = new ArrayBuffer(this.#blockBytes);
      this.#used = 0;
    }
    const start = this.#used;
    this.#used += this.#rowBytes;
    const raw = new Float32Array(this.#block, start, this.#rawSize);
    const dense = new Float32Array(this.#block, start + raw.byteLength, this.#denseSize);
    return { raw, dense };
  }
}
