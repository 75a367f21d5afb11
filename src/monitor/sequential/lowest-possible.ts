const HALVINGS = 60;

/**
 * The smallest mean in [least, most] that is not refuted at `errorProbability`, by Ville's inequality: a process that starts at 1 and is not expected to grow
 * reaches 1/α with probability α at most, however often one looks.
 * @param logEvidence against each mean; falls as the mean rises
 */
export function lowestPossible(
  logEvidence: (mean: number) => number,
  errorProbability: number,
  [least, most]: readonly [least: number, most: number],
): number {
  const threshold = -Math.log(errorProbability);
  if (logEvidence(least) < threshold) return least;
  let [refuted, possible] = [least, most];
  for (let i = 0; i < HALVINGS; i++) {
    const middle = (refuted + possible) / 2;
    if (logEvidence(middle) >= threshold) refuted = middle;
    else possible = middle;
  }
  return refuted;
}
