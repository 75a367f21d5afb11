/** Typed array of each element type. F16 and BF16 come as their raw 16 bits, BOOL as bytes 0 or 1. */
interface ArrayOf<B extends ArrayBufferLike> {
  U64: BigUint64Array<B>;
  I64: BigInt64Array<B>;
  F64: Float64Array<B>;
  F32: Float32Array<B>;
  U32: Uint32Array<B>;
  I32: Int32Array<B>;
  BF16: Uint16Array<B>;
  F16: Uint16Array<B>;
  U16: Uint16Array<B>;
  I16: Int16Array<B>;
  I8: Int8Array<B>;
  U8: Uint8Array<B>;
  BOOL: Uint8Array<B>;
}

export type SafetensorsDtype = keyof ArrayOf<ArrayBuffer>;

/** A row-major array; `data` has as many elements as the product of `shape`, and `shape` [] is one number. */
export type SafetensorsTensor<B extends ArrayBufferLike = ArrayBufferLike> = {
  [D in SafetensorsDtype]: { readonly dtype: D; readonly shape: readonly number[]; readonly data: ArrayOf<B>[D] };
}[SafetensorsDtype];

/** In the order in which the reference writer lays tensors out: the strictest alignment first, so that all stay aligned. */
const constructors = {
  U64: BigUint64Array,
  I64: BigInt64Array,
  F64: Float64Array,
  F32: Float32Array,
  U32: Uint32Array,
  I32: Int32Array,
  BF16: Uint16Array,
  F16: Uint16Array,
  U16: Uint16Array,
  I16: Int16Array,
  I8: Int8Array,
  U8: Uint8Array,
  BOOL: Uint8Array,
} as const;

export const safetensorsDtypes = Object.keys(constructors) as SafetensorsDtype[];

export function bytesPerElement(dtype: SafetensorsDtype): number {
  return constructors[dtype].BYTES_PER_ELEMENT;
}

/** Number of elements of a shape; NaN when it is too large to be counted exactly. */
export function elementCount(shape: readonly number[]): number {
  const count = shape.reduce((product, size) => product * size, 1);
  return Number.isSafeInteger(count) ? count : NaN;
}

/** @returns whether `data` is of the type and the length that `dtype` and `shape` ask for */
export function holdsItsShape({ dtype, shape, data }: SafetensorsTensor): boolean {
  return data instanceof constructors[dtype] && data.length === elementCount(shape);
}

/** A tensor over `bytes`: a view where the alignment allows it, otherwise a copy. */
export function tensorOver(
  dtype: SafetensorsDtype,
  shape: readonly number[],
  bytes: Uint8Array<ArrayBuffer>,
): SafetensorsTensor<ArrayBuffer> {
  const aligned = bytes.byteOffset % bytesPerElement(dtype) === 0 ? bytes : bytes.slice();
  const data = new constructors[dtype](aligned.buffer, aligned.byteOffset, elementCount(shape));
  // The table above pairs each dtype with its array; a union over it is more than the type checker follows.
  return { dtype, shape, data } as SafetensorsTensor<ArrayBuffer>;
}
