/** Rounds a row to int8 with one scale: x ≈ scale · code. Halves are rounded away from zero. @returns the scale, in single precision */
export function encodeInt8(values: Float32Array, start: number, size: number, codes: Int8Array, at: number): number {
  let largest = 0;
  for (let i = start; i < start + size; i++) largest = Math.max(largest, Math.abs(values[i]!));
  const scale = Math.fround(largest / 127);
  // Rows of zeros, and of numbers too small to have a scale in single precision.
  if (scale === 0) {
    codes.fill(0, at, at + size);
    return 0;
  }
  for (let i = 0; i < size; i++) {
    const code = values[start + i]! / scale;
    codes[at + i] = Math.max(-127, Math.min(127, code < 0 ? -Math.floor(0.5 - code) : Math.floor(code + 0.5)));
  }
  return scale;
}

const float = new Float32Array(1);
const bits = new Int32Array(float.buffer);

/**
 * IEEE half precision of a single-precision number, to nearest, ties to even.
 * @param value |value| ≤ 65504, which the largest half is
 */
export function toHalf(value: number): number {
  float[0] = value;
  const sign = (bits[0]! >>> 16) & 0x8000;
  const magnitude = bits[0]! & 0x7fffffff;
  // Below the smallest normal half: halves are multiples of 2^-24 there, and adding 0.5 rounds to such in single precision.
  if (magnitude < 0x38800000) {
    float[0] = Math.abs(value) + 0.5;
    return sign | (bits[0]! - 0x3f000000);
  }
  return sign | ((magnitude - 0x38000000 + 0xfff + ((magnitude >> 13) & 1)) >> 13);
}

/** The number that a half stands for. */
export function fromHalf(half: number): number {
  bits[0] = ((half & 0x7fff) << 13) | ((half & 0x8000) << 16);
  return float[0]! * 2 ** 112;
}
