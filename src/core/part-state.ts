/** Arrays that a part of a model stores. */
export type StateTensor =
  Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer> | Int32Array<ArrayBuffer> | Uint8Array<ArrayBuffer>;

export type Json = number | string | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** Everything that learning changed in one part of a model, as plain data: arrays by name, and small values. A checkpoint writes it as it is. */
export interface PartState {
  readonly tensors: Readonly<Record<string, StateTensor>>;
  readonly values: Readonly<Record<string, Json>>;
}
