/** What a model said of an experience that it has not learned, beside what came of it. */
export type Judgement =
  | {
      readonly kind: 'classification';
      readonly actual: string;
      /** Class to probability, of every class that the model knows. */
      readonly probabilities: Readonly<Record<string, number>>;
    }
  | { readonly kind: 'ranking'; readonly actual: number; /** Expected reward. */ readonly predicted: number }
  | {
      readonly kind: 'regression';
      readonly actual: number;
      readonly predicted: number;
      readonly lower: number;
      readonly upper: number;
    };

/** A class that gets less than this counts as wholly missed: one in twenty. */
const LEAST_OF_CLASS = 0.05;
/** Rewards are rare: a click in two hundred must still be told from one in a hundred. */
const LEAST_OF_REWARD = 0.005;
/** An error of this many standard deviations of the values counts as wholly wrong. */
const LARGEST_ERROR = 3;

/**
 * What a judgement costs, in [0, 1]: the log loss, cut where a probability is so small that it makes no difference any more; for numbers the absolute error in standard
 * deviations of the values so far.
 * @param spread standard deviation of the values seen before this one, for numbers
 */
export function lossOf(judgement: Judgement, spread: number): number {
  switch (judgement.kind) {
    case 'classification': {
      const { actual, probabilities } = judgement;
      return cutLogLoss(Object.hasOwn(probabilities, actual) ? (probabilities[actual] ?? 0) : 0, LEAST_OF_CLASS);
    }
    case 'ranking': {
      const { actual, predicted } = judgement;
      return (
        actual * cutLogLoss(predicted, LEAST_OF_REWARD) + (1 - actual) * cutLogLoss(1 - predicted, LEAST_OF_REWARD)
      );
    }
    case 'regression': {
      const error = Math.abs(judgement.predicted - judgement.actual);
      if (!Number.isFinite(error)) return 1;
      return spread > 0 ? Math.min(1, error / (LARGEST_ERROR * spread)) : Math.sign(error);
    }
  }
}

function cutLogLoss(probability: number, least: number): number {
  // NaN is no probability, and costs everything.
  return probability > least ? Math.min(1, Math.log(probability) / Math.log(least)) : 1;
}
