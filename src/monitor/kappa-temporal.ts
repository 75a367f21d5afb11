/**
 * Accuracy beyond that of the no-change classifier, which predicts the previous label: `(p0 - pPersistent) / (1 - pPersistent)`
 * (Bifet et al. 2013, doi 10.1007/978-3-642-40988-2_30; Žliobaitė et al. 2015, doi 10.1007/s10994-014-5441-4). At most 1; below 0 where
 * repeating the last label would have done better.
 *
 * The first prediction of the no-change classifier counts as wrong, because it has nothing to repeat: both accuracies are then over the
 * same rows. (MOA starts it at the first class; River's `NoChangeClassifier` row leaves the first row out. The difference is one row.)
 */
export class KappaTemporal {
  #right = 0;
  #persistentRight = 0;
  #total = 0;
  #previous: string | null = null;

  /** @param actual labels in the order of the stream, whether or not the model learns them later */
  update(actual: string, predicted: string | null): void {
    this.#total++;
    if (actual === predicted) this.#right++;
    if (actual === this.#previous) this.#persistentRight++;
    this.#previous = actual;
  }

  /** `null` before the first update, where there is nothing to compare. */
  get(): number | null {
    return this.#total === 0 ? null : kappaTemporal(this.#right / this.#total, this.persistentAccuracy());
  }

  /** Accuracy of the no-change classifier; 0 before the first update. */
  persistentAccuracy(): number {
    return this.#total === 0 ? 0 : this.#persistentRight / this.#total;
  }
}

/** The same statistic of two accuracies in [0, 1]; `null` where the no-change classifier is never wrong. */
export function kappaTemporal(accuracy: number, persistentAccuracy: number): number | null {
  return persistentAccuracy === 1 ? null : (accuracy - persistentAccuracy) / (1 - persistentAccuracy);
}
