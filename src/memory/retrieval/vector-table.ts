/** Vectors of one size in one flat array, each in a slot that is used again after its vector has gone. */
export class VectorTable {
  readonly size: number;
  #values: Float32Array;
  #free: number[] = [];
  #slots = 0;

  constructor(size: number) {
    this.size = size;
    this.#values = new Float32Array(16 * size);
  }

  /** @param vector [size], copied @returns its slot */
  add(vector: Float32Array): number {
    const slot = this.#free.pop() ?? this.#slots++;
    if (this.#slots * this.size > this.#values.length) this.#grow();
    this.#values.set(vector, slot * this.size);
    return slot;
  }

  remove(slot: number): void {
    this.#values.fill(0, slot * this.size, (slot + 1) * this.size);
    this.#free.push(slot);
  }

  /** A view, valid until the next `add`. */
  at(slot: number): Float32Array {
    return this.#values.subarray(slot * this.size, (slot + 1) * this.size);
  }

  /** Inner product of `query` [size] with the vector in `slot`: their cosine, because all have length 1. */
  dot(query: Float32Array, slot: number): number {
    return innerProduct(query, this.#values, slot * this.size);
  }

  /** {@link dot} for every slot, in one pass over the memory. */
  dots(query: Float32Array): Float64Array {
    const products = new Float64Array(this.#slots);
    for (let slot = 0; slot < products.length; slot++) {
      products[slot] = innerProduct(query, this.#values, slot * this.size);
    }
    return products;
  }

  #grow(): void {
    const grown = new Float32Array(2 * this.#values.length);
    grown.set(this.#values);
    this.#values = grown;
  }
}

/** Four sums at once, because one alone waits for each addition. */
function innerProduct(query: Float32Array, values: Float32Array, start: number): number {
  const size = query.length;
  const whole = size - (size % 4);
  let [a, b, c, d] = [0, 0, 0, 0];
  for (let i = 0; i < whole; i += 4) {
    a += query[i]! * values[start + i]!;
    b += query[i + 1]! * values[start + i + 1]!;
    c += query[i + 2]! * values[start + i + 2]!;
    d += query[i + 3]! * values[start + i + 3]!;
  }
  for (let i = whole; i < size; i++) a += query[i]! * values[start + i]!;
  return a + b + (c + d);
}
