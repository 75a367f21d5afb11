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
  const size = 1 + log.actions + POSITIONS + log.categories + 1;
  const foldOf = Int32Array.from(log.action, () => rng.nextInt(FOLDS));
  const models = Array.from({ length: FOLDS }, (_, fold) => {
    const training = rows.filter((row) => foldOf[row] !== fold);
    const innerFold = Int32Array.from(log.action, () => rng.nextInt(INNER_FOLDS));
    return fit(log, training, size, bestRidge(log, training, innerFold, size));
  });
  return Array.from(rows, (row) => {
    const weights = models[foldOf[row]!]!;
    return Float64Array.from({ length: log.actions }, (_, action) =>
      predictLogistic(weights, designRow(log, row, action)),
    );
  });
}

function fit(log: OpenBanditLog, rows: Int32Array, size: number, ridge: number): Float64Array {
  const design = Array.from(rows, (row) => designRow(log, row, log.action[row]!));
  const clicks = Float64Array.from(rows, (row) => log.reward[row]!);
  return fitLogistic(design, clicks, size, ridge);
}

function bestRidge(log: OpenBanditLog, rows: Int32Array, foldOf: Int32Array, size: number): number {
  const losses = RIDGES.map((ridge) => {
    let loss = 0;
    for (let fold = 0; fold < INNER_FOLDS; fold++) {
      const training = rows.filter((row) => foldOf[row] !== fold);
      const weights = fit(log, training, size, ridge);
      for (const row of rows) {
        if (foldOf[row] !== fold) continue;
        const probability = predictLogistic(weights, designRow(log, row, log.action[row]!));
        loss -= Math.log(log.reward[row] === 1 ? probability : 1 - probability);
      }
    }
    return loss;
  });
  return RIDGES[losses.indexOf(Math.min(...losses))]!;
}

/** Intercept, item, place, the visitor's four categories, the visitor's affinity to the item. */
function designRow(log: OpenBanditLog, row: number, action: number): SparseRow {
  const start = 1 + log.actions + POSITIONS;
  const visitor = Array.from(log.visitor[row]!, (category) => start + category);
  const places = [0, 1 + action, 1 + log.actions + log.position[row]!, ...visitor];
  const values = places.map(() => 1);
  const affinity = log.affinities[row]![action]!;
  if (affinity === 0) return { places, values };
  const last = log.categories + start;
  return { places: [...places, last], values: [...values, Math.log1p(affinity)] };
}
