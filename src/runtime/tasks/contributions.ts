import type { ParsedFeatures } from '../../core/task.ts';
import type { FeatureContribution } from '../../feedback/explain.ts';

/**
 * The answer less the answer with one feature taken for unknown, for each feature that is known (leave one covariate out, as in Lei et al. 2018,
 * doi:10.1080/01621459.2017.1307116, without the refit): it holds for every kind of model, and contributions need not add up to the answer.
 * @param answers the model's answers to several inputs at once
 */
export async function contributionsOf(
  features: ParsedFeatures,
  answers: (inputs: readonly ParsedFeatures[]) => Promise<ArrayLike<number>>,
): Promise<FeatureContribution[]> {
  const known = Object.keys(features).filter((name) => features[name] !== null);
  const without = known.map((name) => ({ ...features, [name]: null }));
  const given = await answers([features, ...without]);
  return known.map((feature, index) => ({ feature, contribution: given[0]! - given[index + 1]! }));
}
