/** Numbers that lie row-major from `start` on in a vector that may hold more. Made once and moved over what it describes, so that a step makes no objects. */
export interface Matrix {
  values: Float32Array;
  start: number;
  rows: number;
  readonly columns: number;
  /** Whether most of its numbers are 0, as {@link lookForZeros} found them. */
  sparse: boolean;
}

/** Whole numbers stay whole numbers in V8 if they begin as such: a size out of a mixed list would slow down every loop over it. */
export function createMatrix(values: Float32Array, start: number, rows: number, columns: number): Matrix {
  return { values, start: start | 0, rows: rows | 0, columns: columns | 0, sparse: false };
}

/** Below this share of numbers that are not 0, passing over zeros is faster than blocks of registers are. */
const sparseBelow = 0.4;

/** Most numbers are 0 in one-hot, hashed and image features. */
export function lookForZeros(matrix: Matrix): void {
  const { values, start, rows, columns } = matrix;
  const size = rows * columns;
  let count = 0;
  for (let i = start; i < start + size; i++) if (values[i] !== 0) count++;
  matrix.sparse = count < sparseBelow * size;
}

/** Overwrites every row of `matrix` with the vector that starts at `start` in `values`. */
export function fillRows(
  { values: out, start: first, rows, columns }: Matrix,
  values: Float32Array,
  start: number,
): void {
  let at = first;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) out[at++] = values[start + column]!;
  }
}

/** Overwrites the vector that starts at `start` in `sums` with the sum of the rows of `matrix`. */
export function sumRows({ values, start: first, rows, columns }: Matrix, sums: Float32Array, start: number): void {
  sums.fill(0, start, start + columns);
  let at = first;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) sums[start + column]! += values[at++]!;
  }
}

export function clear({ values, start, rows, columns }: Matrix): void {
  values.fill(0, start, start + rows * columns);
}

/** Puts 0 in place of what is negative. */
export function rectify({ values, start, rows, columns }: Matrix): void {
  const end = start + rows * columns;
  // Written so that NaN stays NaN: a diverged network must show it.
  for (let i = start; i < end; i++) if (values[i]! < 0) values[i] = 0;
}

/** Zeroes a gradient wherever the rectified activation that it flows into was 0. */
export function closeGates({ values, start, rows, columns }: Matrix, activation: Matrix): void {
  const { values: activations, start: first } = activation;
  const size = rows * columns;
  for (let i = 0; i < size; i++) if (activations[first + i] === 0) values[start + i] = 0;
}

export function square({ values, start, rows, columns }: Matrix): void {
  const end = start + rows * columns;
  for (let i = start; i < end; i++) values[i]! *= values[i]!;
}

/** Overwrites `out` [columns, rows] with the transpose of `matrix` [rows, columns]. */
export function transpose({ values, start, rows, columns }: Matrix, out: Matrix): void {
  const { values: transposed, start: first } = out;
  for (let row = 0; row < rows; row++) {
    const from = start + row * columns;
    let to = first + row;
    for (let column = 0; column < columns; column++, to += rows) transposed[to] = values[from + column]!;
  }
}
