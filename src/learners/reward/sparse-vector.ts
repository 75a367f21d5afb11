/** A vector whose entries are written one by one into buffers that are used again; places may not repeat. */
export class SparseVector {
  indices = new Int32Array(64);
  values = new Float64Array(64);
  length = 0;

  clear(): void {
    this.length = 0;
  }

  push(index: number, value: number): void {
    if (this.length === this.indices.length) this.#grow();
    this.indices[this.length] = index;
    this.values[this.length] = value;
    this.length += 1;
  }

  #grow(): void {
    const [indices, values] = [this.indices, this.values];
    this.indices = new Int32Array(2 * indices.length);
    this.values = new Float64Array(2 * values.length);
    this.indices.set(indices);
    this.values.set(values);
  }

  /** Σ values · dense[indices]. */
  dot(dense: Float64Array): number {
    let sum = 0;
    for (let k = 0; k < this.length; k++) sum += this.values[k]! * dense[this.indices[k]!]!;
    return sum;
  }
}
