import type { IntervalPrediction } from './regression-ensemble.ts';

/**
 * The interval with its own value in it. After errors on one side both conformal ends may lie on that side; shown like that it would be read as a
 * mistake. Only ever widens.
 */
export function aroundValue<T extends IntervalPrediction>(prediction: T): T {
  const { value, lower, upper } = prediction;
  return { ...prediction, lower: Math.min(lower, value), upper: Math.max(upper, value) };
}
