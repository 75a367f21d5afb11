/** The class with the largest probability, the first of equal ones; null and null where there is none. */
export function topOf(probabilities: Readonly<Record<string, number>>): {
  label: string | null;
  confidence: number | null;
} {
  let [label, confidence]: [string | null, number | null] = [null, null];
  for (const [name, probability] of Object.entries(probabilities)) {
    if (confidence === null || probability > confidence) [label, confidence] = [name, probability];
  }
  return { label, confidence };
}
