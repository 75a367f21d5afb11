/** A part of a distribution that is spread evenly over a range, or lies on one value. */
export interface Piece {
  readonly from: number;
  readonly to: number;
  readonly weight: number;
}

/** @param pieces ascending, not overlapping @returns NaN where there is no weight */
export function quantileOfPieces(pieces: readonly Piece[], probability: number): number {
  const total = weightOf(pieces);
  let left = probability * total;
  let last = NaN;
  for (const { from, to, weight } of pieces) {
    if (weight === 0) continue;
    if (left <= weight) return from + (to - from) * (left / weight);
    left -= weight;
    last = to;
  }
  return last;
}

/** Area between two distribution functions, in units of the values (Wasserstein-1); 0 where one has no weight. */
export function areaBetween(a: readonly Piece[], b: readonly Piece[]): number {
  if (weightOf(a) === 0 || weightOf(b) === 0) return 0;
  const ends = new Set([...a, ...b].filter(({ weight }) => weight > 0).flatMap(({ from, to }) => [from, to]));
  const borders = [...ends].sort((x, y) => x - y);
  let area = 0;
  for (let i = 1; i < borders.length; i++) {
    const [from, to] = [borders[i - 1]!, borders[i]!];
    const start = shareUpTo(a, from, true) - shareUpTo(b, from, true);
    const end = shareUpTo(a, to, false) - shareUpTo(b, to, false);
    area += (to - from) * meanAbsolute(start, end);
  }
  return area;
}

/** @param inclusive whether what lies on `value` counts */
function shareUpTo(pieces: readonly Piece[], value: number, inclusive: boolean): number {
  let sum = 0;
  for (const { from, to, weight } of pieces) {
    if (to < value || (inclusive && to === value)) sum += weight;
    else if (from < value) sum += (weight * (value - from)) / (to - from);
  }
  return sum / weightOf(pieces);
}

/** Mean of |x| along a line from one value to another. */
function meanAbsolute(start: number, end: number): number {
  const [a, b] = [Math.abs(start), Math.abs(end)];
  return start * end >= 0 ? (a + b) / 2 : (a * a + b * b) / (2 * (a + b));
}

function weightOf(pieces: readonly Piece[]): number {
  return pieces.reduce((sum, { weight }) => sum + weight, 0);
}
