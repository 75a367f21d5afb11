import type { OutcomeSums } from './outcome-bins.ts';
import type { OutcomeScale } from './outcome-scale.ts';

/** Before outcomes say otherwise, what the model says is believed: offset 0, factor 1, each with this precision. */
const PRIOR_PRECISION = [1, 4] as const;
const STEPS = 12;
/** A step that is smaller is the last one. */
const ENOUGH = 1e-6;
const LEAST_SLOPE = 1e-6;

/** A symmetric 2 × 2 matrix: [a, b, c] for [[a, b], [b, c]]. */
export type Symmetric = readonly [number, number, number];

export type LineParameters = readonly [offset: number, factor: number];

/** Parameters that fit outcomes best, and how much is known of them (Fisher's information), by Fisher scoring with steps that are halved while they lead upwards. */
export function fitLine(scale: OutcomeScale, bins: readonly Readonly<OutcomeSums>[]) {
  const points = bins.map(({ weight, x, y }): Point => ({ weight, term: scale.termOf(x / weight), y }));
  let parameters: LineParameters = [0, 1];
  let loss = lossOf(scale, points, parameters);
  let information: Symmetric = [PRIOR_PRECISION[0], 0, PRIOR_PRECISION[1]];
  for (let step = 0; step < STEPS; step++) {
    const [matrix, [u, v]] = scored(scale, points, parameters);
    information = matrix;
    const [a, b, c] = inverse(matrix);
    const next = descended(scale, points, parameters, [a * u + b * v, b * u + c * v], loss);
    if (!next) break;
    [parameters, loss] = next;
  }
  return { parameters, information };
}

/** Null where the way is too short to matter. */
function descended(
  scale: OutcomeScale,
  points: readonly Point[],
  from: LineParameters,
  [byOffset, byFactor]: LineParameters,
  loss: number,
): readonly [LineParameters, number] | null {
  for (let part = 1; part * (Math.abs(byOffset) + Math.abs(byFactor)) > ENOUGH; part /= 2) {
    const next: LineParameters = [from[0] + part * byOffset, from[1] + part * byFactor];
    const reached = lossOf(scale, points, next);
    if (reached <= loss) return [next, reached];
  }
  return null;
}

/** Half the deviance, and what the prior adds. */
function lossOf(scale: OutcomeScale, points: readonly Point[], [offset, factor]: LineParameters): number {
  let loss = (PRIOR_PRECISION[0] * offset ** 2 + PRIOR_PRECISION[1] * (factor - 1) ** 2) / 2;
  for (const { weight, term, y } of points) loss += scale.lossAt(offset + factor * term, weight, y);
  return loss;
}

interface Point {
  readonly weight: number;
  readonly term: number;
  readonly y: number;
}

/** Information and score at some parameters. */
function scored(scale: OutcomeScale, points: readonly Point[], [offset, factor]: LineParameters) {
  let [a, b, c]: Symmetric = [PRIOR_PRECISION[0], 0, PRIOR_PRECISION[1]];
  let [u, v] = [-PRIOR_PRECISION[0] * offset, -PRIOR_PRECISION[1] * (factor - 1)];
  for (const { weight, term, y } of points) {
    const line = offset + factor * term;
    const slope = weight * Math.max(LEAST_SLOPE, scale.slopeAt(line));
    const residual = y - weight * scale.meanAt(line);
    a += slope;
    b += slope * term;
    c += slope * term * term;
    u += residual;
    v += residual * term;
  }
  const information: Symmetric = [a, b, c];
  return [information, [u, v]] as const;
}

export function inverse([a, b, c]: Symmetric): Symmetric {
  const determinant = a * c - b * b;
  return [c / determinant, -b / determinant, a / determinant];
}
