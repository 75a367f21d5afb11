/** Cells of the grid on which chances are integrated, between bounds outside which the maximum hardly ever lies. */
const CELLS = 48;
const BOUND = 4;
const MIN_DEVIATION = 1e-6;
const MIN_CHANCE = 1e-12;

/**
 * P(i has the highest value) of independent normal variables: Σ over cells of P(i in the cell) · Π P(others below its middle), normalised.
 * Within 0.01 of the truth where the deviations are within a factor of ten of one another; where they are not, what lies within one cell counts as equal.
 */
export class HighestOfNormals {
  #cumulative = new Float64Array(0);
  readonly #middles = new Float64Array(CELLS);

  /** @param left candidates to compare @param out [left.length] */
  write(means: Float64Array, deviations: Float64Array, left: readonly number[], out: Float64Array): void {
    const [low, high] = bounds(means, deviations, left);
    const width = (high - low) / CELLS;
    this.#fillCumulative(means, deviations, left, low, width);
    const cumulative = this.#cumulative;
    const middles = this.#middles;
    middles.fill(0);
    for (let i = 0, at = 0; i < left.length; i++, at += CELLS + 1) {
      for (let cell = 0; cell < CELLS; cell++) middles[cell]! += Math.log(middleOf(cumulative, at + cell));
    }
    for (let cell = 0; cell < CELLS; cell++) middles[cell] = Math.exp(middles[cell]!);
    let total = 0;
    for (let i = 0, at = 0; i < left.length; i++, at += CELLS + 1) {
      let chance = 0;
      for (let cell = 0; cell < CELLS; cell++) {
        const own = cumulative[at + cell + 1]! - cumulative[at + cell]!;
        chance += (own * middles[cell]!) / middleOf(cumulative, at + cell);
      }
      out[i] = chance;
      total += chance;
    }
    for (let i = 0; i < left.length; i++) out[i]! /= total;
  }

  /** [left][CELLS + 1] normal distribution functions at the edges; the outermost cells reach to infinity. */
  #fillCumulative(
    means: Float64Array,
    deviations: Float64Array,
    left: readonly number[],
    low: number,
    width: number,
  ): void {
    const size = left.length * (CELLS + 1);
    if (this.#cumulative.length < size) this.#cumulative = new Float64Array(size);
    for (let i = 0, at = 0; i < left.length; i++) {
      const mean = means[left[i]!]!;
      const deviation = Math.max(MIN_DEVIATION, deviations[left[i]!]!);
      for (let edge = 0; edge < CELLS; edge++) {
        this.#cumulative[at++] = normalCdf((low + edge * width - mean) / deviation);
      }
      this.#cumulative[at++] = 1;
    }
  }
}

function middleOf(cumulative: Float64Array, edge: number): number {
  return Math.max(MIN_CHANCE, (cumulative[edge]! + cumulative[edge + 1]!) / 2);
}

/** The highest value lies below `low` or above `high` only where one of them is {@link BOUND} deviations off. */
function bounds(means: Float64Array, deviations: Float64Array, left: readonly number[]): [number, number] {
  let [low, high] = [-Infinity, -Infinity];
  for (const candidate of left) {
    const reach = BOUND * Math.max(MIN_DEVIATION, deviations[candidate]!);
    low = Math.max(low, means[candidate]! - reach);
    high = Math.max(high, means[candidate]! + reach);
  }
  return [low, high];
}

/** Abramowitz and Stegun 26.2.17; its error is below 7.5e-8. */
export function normalCdf(z: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(z));
  const series = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  const tail = 0.3989422804014327 * Math.exp((-z * z) / 2) * series;
  return z > 0 ? 1 - tail : tail;
}
