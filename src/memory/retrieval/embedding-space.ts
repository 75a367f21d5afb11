import * as v from 'valibot';

/**
 * Where vectors come from. Only vectors of one space can be compared; the same model in another size or version is another space.
 */
export const embeddingSpace = v.strictObject({
  name: v.pipe(v.string(), v.minLength(1), v.maxLength(100)),
  /** Numbers in a vector. */
  size: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(4096)),
  version: v.pipe(v.string(), v.minLength(1), v.maxLength(100)),
});
export type EmbeddingSpace = Readonly<v.InferOutput<typeof embeddingSpace>>;

/** Names a space where a vector is stored: `name@version/size`. */
export function spaceId({ name, size, version }: EmbeddingSpace): string {
  return `${name}@${version}/${size}`;
}

/** Scales `vector` to length 1 in place; a vector of zeros stays one. */
export function normalise(vector: Float32Array): Float32Array {
  let squares = 0;
  for (const value of vector) squares += value * value;
  if (squares === 0) return vector;
  const scale = 1 / Math.sqrt(squares);
  for (let i = 0; i < vector.length; i++) vector[i]! *= scale;
  return vector;
}
