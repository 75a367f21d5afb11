/** Loops over row-major matrices in typed arrays; a matrix's column count is the length of the vector that goes with it. */

/** Adds `bias` to every row. */
export function addBias(matrix: Float32Array, bias: Float32Array): void {
  const columns = bias.length;
  for (let start = 0; start < matrix.length; start += columns) {
    for (let column = 0; column < columns; column++) matrix[start + column]! += bias[column]!;
  }
}

/** Adds `bias` to every row, then puts 0 in place of what is negative. */
export function addBiasAndRectify(matrix: Float32Array, bias: Float32Array): void {
  const columns = bias.length;
  for (let start = 0; start < matrix.length; start += columns) {
    for (let column = 0; column < columns; column++) {
      const value = matrix[start + column]! + bias[column]!;
      // Written so that NaN stays NaN: a diverged network must show it.
      matrix[start + column] = value < 0 ? 0 : value;
    }
  }
}

export function addInto(target: Float32Array, addend: Float32Array): void {
  for (let i = 0; i < target.length; i++) target[i]! += addend[i]!;
}

export function squareInPlace(values: Float32Array): void {
  for (let i = 0; i < values.length; i++) values[i]! *= values[i]!;
}

/** Zeroes a gradient wherever the rectified activation it flows into was 0. */
export function closeGates(gradient: Float32Array, activation: Float32Array): void {
  for (let i = 0; i < gradient.length; i++) if (activation[i] === 0) gradient[i] = 0;
}

/** Overwrites `sums` with the sum of the rows. */
export function sumRowsInto(sums: Float32Array, matrix: Float32Array): void {
  const columns = sums.length;
  sums.fill(0);
  for (let start = 0; start < matrix.length; start += columns) {
    for (let column = 0; column < columns; column++) sums[column]! += matrix[start + column]!;
  }
}

export function transposed(matrix: Float32Array, rows: number, columns: number): Float32Array<ArrayBuffer> {
  const result = new Float32Array(matrix.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) result[column * rows + row] = matrix[row * columns + column]!;
  }
  return result;
}
