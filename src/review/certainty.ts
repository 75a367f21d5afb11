/** How sure a model is of one answer; both in [0, 1]. */
export interface Certainty {
  readonly confidence: number;
  /** How far the best answer is ahead of the second, in the unit of the confidence. */
  readonly margin: number;
}

const UNSURE: Certainty = { confidence: 0, margin: 0 };

/**
 * Of a choice: the chance of the most probable one. Of a classification these are the classes' probabilities, of a ranking the chances that each candidate
 * is the best one. Where there is nothing to choose from, the model knows nothing: one class that was seen alone has probability 1 whatever the input.
 */
export function certaintyOfChoice(chances: Iterable<number>): Certainty {
  let [best, second, count] = [0, 0, 0];
  for (const chance of chances) {
    count++;
    if (chance > best) [best, second] = [chance, best];
    else if (chance > second) second = chance;
  }
  return count < 2 ? UNSURE : { confidence: best, margin: best - second };
}

/** Of an interval: 1 where it is no wider than `maxWidth`, and less the wider it is; always 1 where no width is declared. */
export function certaintyOfInterval(lower: number, upper: number, maxWidth: number | null): Certainty {
  const confidence = maxWidth === null ? 1 : Math.min(1, maxWidth / Math.max(Number.MIN_VALUE, upper - lower));
  return { confidence, margin: confidence };
}
