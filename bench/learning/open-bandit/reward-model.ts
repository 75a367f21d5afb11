import type { Rng } from '../../../src/core/rng.ts';
import type { OpenBanditLog } from './log.ts';
import { POSITIONS } from './log.ts';
import { fitLogistic, predictLogistic, type SparseRow } from './logistic-regression.ts';

/** Strengths to choose from, by log loss on rows that the fit has not seen: weights of about 1, 0.3 and 0.1. */
const RIDGES = [1, 10, 100];
const FOLDS = 5;
const INNER_FOLDS = 3;

/**
 * Click probabilities of every action for each row, each from a logistic regression that has not seen that row or a copy of it (cross-fitting with
 * five folds). The strength of its ridge is chosen inside each training part. Nothing of the other policy's log is used.
 * @param rows indices into `log`; a bootstrap sample has some of them several times
 * @returns [rows] of [actions]
 */
export function crossFittedClicks(log: OpenBanditLog, rows: Int32Array, rng: Rng): Float64Array[] {
  const logged: Design = {
    size: 1 + log.actions + POSITIONS + log.categories + 1,
    inputs: Array.from(log.action, (action, row) => designRow(log, row, action)),
    clicks: log.reward,
  };
  const foldOf = Int32Array.from(log.action, () => rng.nextInt(FOLDS));
  const models = Array.from({ length: FOLDS }, (_, fold) => {
    const training = rows.filter((row) => foldOf[row] !== fold);
    const innerFold = Int32Array.from(log.action, () => rng.nextInt(INNER_FOLDS));
    return fit(logged, training, bestRidge(logged, training, innerFold));
  });
  return Array.from(rows, (row) => {
    const weights = models[foldOf[row]!]!;
    return Float64Array.from({ length: log.actions }, (_, action) =>
      predictLogistic(weights, designRow(log, row, action)),
    );
  });
}

/** The whole log as it was logged. */
interface Design {
  readonly size: number;
  readonly inputs: readonly SparseRow[];
  readonly clicks: Float64Array;
}

function fit({ size, inputs, clicks }: Design, rows: Int32Array, ridge: number): Float64Array {
  const targets = Float64Array.from(rows, (row) => clicks[row]!);
  return fitLogistic(
    Array.from(rows, (row) => inputs[row]!),
    targets,
    size,
    ridge,
  );
}

function bestRidge(logged: Design, rows: Int32Array, foldOf: Int32Array): number {
  const losses = RIDGES.map((ridge) => {
    let loss = 0;
    for (let fold = 0; fold < INNER_FOLDS; fold++) {
      const training = rows.filter((row) => foldOf[row] !== fold);
      const weights = fit(logged, training, ridge);
      for (const row of rows) {
        if (foldOf[row] !== fold) continue;
        const probability = predictLogistic(weights, logged.inputs[row]!);
        loss -= Math.log(logged.clicks[row] === 1 ? probability : 1 - probability);
      }
    }
    return loss;
  });
  return RIDGES[losses.indexOf(Math.min(...losses))]!;
}

/** Intercept, item, place, the visitor's four categories, the visitor's affinity to the item. */
function designRow(log: OpenBanditLog, row: number, action: number): SparseRow {
  const start = 1 + log.actions + POSITIONS;
  const visitor = Array.from(log.visitor[row]!, (category) => start + category).sort((a, b) => a - b);
  const places = [0, 1 + action, 1 + log.actions + log.position[row]!, ...visitor];
  const values = places.map(() => 1);
  const affinity = log.affinities[row]![action]!;
  if (affinity === 0) return { places, values };
  const last = log.categories + start;
  return { places: [...places, last], values: [...values, Math.log1p(affinity)] };
}
