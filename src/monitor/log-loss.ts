/** Probabilities are kept this far away from 0 and 1, as in River's `LogLoss`, so that one certain mistake costs 34.5 and not infinity. */
const clip = 1e-15;

/**
 * Mean of `-ln p(actual class)`, in nats. A class that the model has not seen yet has probability 0.
 * Equals River's `LogLoss` for two classes and scikit-learn's `log_loss` with this clipping for more.
 */
export class LogLoss {
  #sum = 0;
  #total = 0;

  /** @param probabilities class to probability; they add up to 1, or there are none before any class is known */
  update(actual: string, probabilities: Readonly<Record<string, number>>): void {
    const given = Object.hasOwn(probabilities, actual) ? (probabilities[actual] ?? 0) : 0;
    this.#sum -= Math.log(Math.min(Math.max(given, clip), 1 - clip));
    this.#total++;
  }

  /** 0 before the first update. */
  get(): number {
    return this.#total === 0 ? 0 : this.#sum / this.#total;
  }
}
