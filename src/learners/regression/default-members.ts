import type { RowShape } from '../row.ts';
import { AdaptiveLinearRegressor } from './adaptive-linear-regressor.ts';
import { RunningMeanRegressor } from './baseline-regressors.ts';
import { FourierRegressor } from './fourier-regressor.ts';
import { LeastSquaresRegressor } from './least-squares-regressor.ts';
import type { RegressorMember } from './regression-ensemble.ts';
import { WindowForestRegressor } from './window-forest-regressor.ts';

export interface DefaultRegressorOptions {
  /**
   * Members that also read the targets learned last; true by default. They help where targets follow each other. They take it that a target is learned
   * before the next prediction is asked for: where labels come later than that, they are rated better than they are, so leave them out.
   */
  readonly lagged?: boolean;
}

/** The members of the default {@link RegressionEnsemble}. @param seed of everything random in them */
export function defaultRegressorMembers(
  shape: RowShape,
  seed: number,
  options: DefaultRegressorOptions = {},
): RegressorMember[] {
  const lagged = true;
  const members: RegressorMember[] = [
    { name: 'mean', model: new RunningMeanRegressor(200) },
    { name: 'linear', model: new AdaptiveLinearRegressor(shape, { learningRate: 0.5 }) },
    { name: 'least-squares', model: new LeastSquaresRegressor(shape, { forgetting: 0.9995 }) },
    { name: 'least-squares-fast', model: new LeastSquaresRegressor(shape, { forgetting: 0.99 }) },
    { name: 'fourier', model: new FourierRegressor(shape, seed, { forgetting: 0.998 }) },
    { name: 'forest', model: new WindowForestRegressor(shape, seed + 1) },
  ];
  if (options.lagged === false) return members;
  return [
    ...members,
    { name: 'last', model: new RunningMeanRegressor(1) },
    { name: 'lagged-least-squares', model: new LeastSquaresRegressor(shape, { forgetting: 0.99, lagged }) },
    { name: 'lagged-fourier', model: new FourierRegressor(shape, seed + 2, { forgetting: 0.997, lagged }) },
    { name: 'lagged-forest', model: new WindowForestRegressor(shape, seed + 3, { lagged }) },
  ];
}
