/**
 * Symmetric matrices as their lower triangle, row by row: entry (i, j) with j ≤ i is at i (i + 1) / 2 + j.
 */
export function triangleSize(size: number): number {
  return (size * (size + 1)) / 2;
}

/** Adds `weight` times the outer product of a sparse vector; `indices` ascend. */
export function addOuterProduct(
  triangle: Float32Array | Float64Array,
  indices: Int32Array,
  values: Float32Array,
  active: number,
  weight: number,
): void {
  for (let a = 0; a < active; a++) {
    const index = indices[a]!;
    const start = (index * (index + 1)) / 2;
    const factor = weight * values[a]!;
    for (let b = 0; b <= a; b++) triangle[start + indices[b]!]! += factor * values[b]!;
  }
}

/** Subtracts `weight` times the outer product of a dense vector. */
export function subtractOuterProduct(triangle: Float64Array, vector: Float64Array, weight: number): void {
  let at = 0;
  for (let i = 0; i < vector.length; i++) {
    const factor = weight * vector[i]!;
    for (let j = 0; j <= i; j++) triangle[at++]! -= factor * vector[j]!;
  }
}

/**
 * Replaces a positive definite matrix by its Cholesky factor L (A = L·Lᵀ), in place.
 * @returns false when it is not positive definite; the triangle is then of no use
 */
export function factorise(triangle: Float64Array, size: number): boolean {
  for (let i = 0; i < size; i++) {
    const rowI = (i * (i + 1)) / 2;
    for (let j = 0; j <= i; j++) {
      const rowJ = (j * (j + 1)) / 2;
      let sum = triangle[rowI + j]!;
      for (let k = 0; k < j; k++) sum -= triangle[rowI + k]! * triangle[rowJ + k]!;
      if (j < i) triangle[rowI + j] = sum / triangle[rowJ + j]!;
      else if (sum > 0) triangle[rowI + i] = Math.sqrt(sum);
      else return false;
    }
  }
  return true;
}

/** Solves L·Lᵀ·x = b, in place on `b`. */
export function solveFactorised(triangle: Float64Array, vector: Float64Array): void {
  const size = vector.length;
  for (let i = 0; i < size; i++) {
    const row = (i * (i + 1)) / 2;
    let sum = vector[i]!;
    for (let k = 0; k < i; k++) sum -= triangle[row + k]! * vector[k]!;
    vector[i] = sum / triangle[row + i]!;
  }
  for (let i = size - 1; i >= 0; i--) {
    const row = (i * (i + 1)) / 2;
    const value = vector[i]! / triangle[row + i]!;
    vector[i] = value;
    for (let k = 0; k < i; k++) vector[k]! -= triangle[row + k]! * value;
  }
}
