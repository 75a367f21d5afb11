/** Rows of a sparse design: [rows] lists of places, each with the value at the same index of `values`. */
export interface SparseRow {
  /** Rising. */
  readonly places: readonly number[];
  readonly values: readonly number[];
}

const MAX_STEPS = 25;
const CONVERGED = 1e-6;

/**
 * Ridge logistic regression by Newton's method (iteratively reweighted least squares). Place 0 is the intercept and is not shrunk.
 * @param ridge strength: `ridge / 2 · |w|²` is added to the summed log loss
 * @returns [size] weights
 */
export function fitLogistic(
  rows: readonly SparseRow[],
  targets: ArrayLike<number>,
  size: number,
  ridge: number,
): Float64Array {
  const weights = new Float64Array(size);
  const mean = Array.from(targets).reduce((sum, target) => sum + target, 0.5) / (targets.length + 1);
  weights[0] = Math.log(mean / (1 - mean));
  for (let step = 0; step < MAX_STEPS; step++) {
    const { gradient, hessian } = derivatives(rows, targets, weights, ridge);
    const move = solvePositiveDefinite(hessian, gradient);
    for (let i = 0; i < size; i++) weights[i]! -= move[i]!;
    if (move.every((part) => Math.abs(part) < CONVERGED)) break;
  }
  return weights;
}

export function predictLogistic(weights: Float64Array, { places, values }: SparseRow): number {
  let score = 0;
  for (let i = 0; i < places.length; i++) score += weights[places[i]!]! * values[i]!;
  return 1 / (1 + Math.exp(-score));
}

function derivatives(rows: readonly SparseRow[], targets: ArrayLike<number>, weights: Float64Array, ridge: number) {
  const size = weights.length;
  const gradient = Float64Array.from(weights, (weight, place) => (place === 0 ? 0 : ridge * weight));
  const hessian = Array.from({ length: size }, (_, place) => {
    const line = new Float64Array(size);
    line[place] = place === 0 ? 1e-9 : ridge;
    return line;
  });
  rows.forEach((row, index) => {
    const { places, values } = row;
    const probability = predictLogistic(weights, row);
    const error = probability - targets[index]!;
    const curvature = probability * (1 - probability);
    for (let i = 0; i < places.length; i++) {
      gradient[places[i]!]! += error * values[i]!;
      const line = hessian[places[i]!]!;
      const scaled = curvature * values[i]!;
      for (let j = 0; j <= i; j++) line[places[j]!]! += scaled * values[j]!;
    }
  });
  return { gradient, hessian };
}

/** By Cholesky's decomposition, in place; only the lower triangle is read. */
function solvePositiveDefinite(matrix: readonly Float64Array[], right: Float64Array): Float64Array {
  const size = right.length;
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = matrix[i]![j]!;
      for (let k = 0; k < j; k++) sum -= matrix[i]![k]! * matrix[j]![k]!;
      matrix[i]![j] = i === j ? Math.sqrt(sum) : sum / matrix[j]![j]!;
    }
  }
  const solution = Float64Array.from(right);
  for (let i = 0; i < size; i++) {
    for (let k = 0; k < i; k++) solution[i]! -= matrix[i]![k]! * solution[k]!;
    solution[i]! /= matrix[i]![i]!;
  }
  for (let i = size - 1; i >= 0; i--) {
    for (let k = i + 1; k < size; k++) solution[i]! -= matrix[k]![i]! * solution[k]!;
    solution[i]! /= matrix[i]![i]!;
  }
  return solution;
}
