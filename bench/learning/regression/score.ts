/** Absolute and squared errors, and how intervals held, of one method on one stream. */
export class RegressionScore {
  #count = 0;
  #absolute = 0;
  #squared = 0;
  #held = 0;
  #width = 0;
  #intervals = 0;

  update(value: number, target: number): void {
    const error = value - target;
    this.#count++;
    this.#absolute += Math.abs(error);
    this.#squared += error * error;
  }

  /** @param observed what was seen, which may be corrupted where the target of {@link update} is not */
  updateInterval(lower: number, upper: number, observed: number): void {
    this.#intervals++;
    this.#held += observed >= lower && observed <= upper ? 1 : 0;
    this.#width += upper - lower;
  }

  get mae(): number {
    return this.#absolute / this.#count;
  }

  /** @param baseline whose error errors are divided by in `mase` @param suffix of the names */
  metrics(baseline: RegressionScore, suffix = ''): Record<string, number> {
    return {
      [`mae${suffix}`]: this.mae,
      [`rmse${suffix}`]: Math.sqrt(this.#squared / this.#count),
      [`mase${suffix}`]: this.mae / baseline.mae,
      ...(this.#intervals > 0 && {
        [`coverage${suffix}`]: this.#held / this.#intervals,
        [`width${suffix}`]: this.#width / this.#intervals,
      }),
    };
  }
}
