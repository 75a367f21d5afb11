/**
 * Quantiles over every value seen, by linear interpolation between order statistics (type 7 of Hyndman and Fan 1996,
 * doi 10.1080/00031305.1996.10473566; the default of NumPy and R). Keeps every value: for measurements of bounded length.
 */
export class ExactQuantiles {
  readonly #values: number[] = [];
  #sorted = true;

  update(value: number): void {
    this.#values.push(value);
    this.#sorted = false;
  }

  /** @param probability in [0, 1]; the answer is 0 before the first update */
  get(probability: number): number {
    if (!this.#sorted) this.#values.sort((a, b) => a - b);
    this.#sorted = true;
    const position = probability * (this.#values.length - 1);
    const below = this.#values[Math.floor(position)] ?? 0;
    const above = this.#values[Math.ceil(position)] ?? below;
    return below + (above - below) * (position - Math.floor(position));
  }
}
