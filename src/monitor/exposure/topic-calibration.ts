/** Share of what is liked that is mixed into what is shown, so that a topic which is never shown has a finite cost (Steck uses the same). */
const SMOOTHING = 0.01;

/**
 * How far the topics that are shown are from those that are liked: `KL(p ‖ (1 − α) q + α p)` in nats (Steck 2018, doi 10.1145/3240323.3240372), 0 where
 * they are in proportion, at most 4.6.
 * @param liked @param shown topic to weight; null where one of them has no weight
 */
export function topicCalibration(
  liked: readonly (readonly [topic: string, weight: number])[],
  shown: readonly (readonly [topic: string, weight: number])[],
): number | null {
  const [likes, shows] = [liked, shown].map((weights) => weights.reduce((sum, [, one]) => sum + one, 0));
  if (!likes || !shows) return null;
  const shownWeights = new Map(shown);
  return liked.reduce((sum, [topic, weight]) => {
    const p = weight / likes;
    const q = (shownWeights.get(topic) ?? 0) / shows;
    return p > 0 ? sum + p * Math.log(p / ((1 - SMOOTHING) * q + SMOOTHING * p)) : sum;
  }, 0);
}
