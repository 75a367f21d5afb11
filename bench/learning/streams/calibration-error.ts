const BINS = 15;

/** Expected calibration error: the mean distance of confidence from accuracy over 15 equal bins of the confidence (Guo et al. 2017, arXiv 1706.04599). */
export class CalibrationError {
  readonly #counts = new Float64Array(BINS);
  readonly #confidences = new Float64Array(BINS);
  readonly #rights = new Float64Array(BINS);

  /** @param confidence probability of the predicted class */
  update(confidence: number, isRight: boolean): void {
    const bin = Math.min(BINS - 1, Math.max(0, Math.floor(confidence * BINS)));
    this.#counts[bin]! += 1;
    this.#confidences[bin]! += confidence;
    this.#rights[bin]! += isRight ? 1 : 0;
  }

  /** 0 before the first update. */
  get(): number {
    const total = this.#counts.reduce((sum, count) => sum + count, 0);
    const gaps = this.#counts.map((_, bin) => Math.abs(this.#confidences[bin]! - this.#rights[bin]!));
    return total === 0 ? 0 : gaps.reduce((sum, gap) => sum + gap, 0) / total;
  }
}
