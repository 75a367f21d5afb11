/** Cells of the grid on which chances are integrated, between bounds outside which the highest value hardly ever lies. */
const CELLS = 32;
const BOUND = 4;
const MIN_DEVIATION = 1e-6;
const MIN_CHANCE = 1e-12;
/** A grid that holds less of the chances than this was made for candidates that are placed by now. */
const ENOUGH = 0.8;

const TABLE_REACH = 6;
const TABLE_STEPS = 64;
const TABLE = Float64Array.from({ length: 2 * TABLE_REACH * TABLE_STEPS + 2 }, (_, index) =>
  normalCdf(index / TABLE_STEPS - TABLE_REACH),
);

/**
 * P(i has the highest value) of independent normal variables, for shrinking sets of them: Σ over cells of P(i in the cell) · Π P(others below
 * its middle), normalised. Within 0.02 of the truth; what lies within one cell counts as equal.
 */
export class HighestOfNormals {
  readonly #means: Float64Array;
  readonly #deviations: Float64Array;
  /** [candidates][CELLS] chance of a value below the middle of the cell; the outermost cells reach to infinity. */
  readonly #middles: Float64Array;
  /** [candidates][CELLS] chance of a value in the cell, divided by that. */
  readonly #ratios: Float64Array;
  readonly #below = new Float64Array(CELLS);
  #made = false;

  constructor(means: Float64Array, deviations: Float64Array) {
    this.#means = means;
    this.#deviations = deviations;
    this.#middles = new Float64Array(means.length * CELLS);
    this.#ratios = new Float64Array(means.length * CELLS);
  }

  /** @param left candidates to compare, by falling mean @param out [left.length] chances that add up to 1 */
  write(left: readonly number[], out: Float64Array): void {
    if (!this.#made) this.#make(left);
    let total = this.#integrate(left, out);
    if (total < ENOUGH) {
      this.#make(left);
      total = this.#integrate(left, out);
    }
    if (total > 0) {
      for (let i = 0; i < left.length; i++) out[i]! /= total;
      return;
    }
    // So many within one cell that the chance of each vanishes.
    out.fill(0, 0, left.length);
    out[0] = 1;
  }

  #integrate(left: readonly number[], out: Float64Array): number {
    const [middles, ratios, below] = [this.#middles, this.#ratios, this.#below];
    below.fill(1);
    for (const candidate of left) {
      const at = candidate * CELLS;
      for (let cell = 0; cell < CELLS; cell++) below[cell]! *= middles[at + cell]!;
    }
    let total = 0;
    for (let i = 0; i < left.length; i++) {
      const at = left[i]! * CELLS;
      let chance = 0;
      for (let cell = 0; cell < CELLS; cell++) chance += ratios[at + cell]! * below[cell]!;
      out[i] = chance;
      total += chance;
    }
    return total;
  }

  #make(left: readonly number[]): void {
    this.#made = true;
    const [low, high] = this.#bounds(left);
    const width = (high - low) / CELLS;
    for (const candidate of left) {
      const at = candidate * CELLS;
      const deviation = Math.max(MIN_DEVIATION, this.#deviations[candidate]!);
      const scale = TABLE_STEPS / deviation;
      const first = (low - this.#means[candidate]!) * scale + TABLE_REACH * TABLE_STEPS;
      let lower = 0;
      for (let cell = 0; cell < CELLS; cell++) {
        const upper = cell === CELLS - 1 ? 1 : tabulated(first + (cell + 1) * width * scale);
        const middle = Math.max(MIN_CHANCE, (lower + upper) / 2);
        this.#middles[at + cell] = middle;
        this.#ratios[at + cell] = (upper - lower) / middle;
        lower = upper;
      }
    }
  }

  /** The highest value lies below or above them only where one of them is {@link BOUND} deviations off. */
  #bounds(left: readonly number[]): [number, number] {
    let [low, high] = [-Infinity, -Infinity];
    for (const candidate of left) {
      const reach = BOUND * Math.max(MIN_DEVIATION, this.#deviations[candidate]!);
      low = Math.max(low, this.#means[candidate]! - reach);
      high = Math.max(high, this.#means[candidate]! + reach);
    }
    return [low, high];
  }
}

/** The distribution function between two entries of the table. */
function tabulated(place: number): number {
  if (place <= 0) return 0;
  if (place >= 2 * TABLE_REACH * TABLE_STEPS) return 1;
  const index = Math.floor(place);
  return TABLE[index]! + (place - index) * (TABLE[index + 1]! - TABLE[index]!);
}

/** Abramowitz and Stegun 26.2.17; its error is below 7.5e-8. */
export function normalCdf(z: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(z));
  const series = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  const tail = 0.3989422804014327 * Math.exp((-z * z) / 2) * series;
  return z > 0 ? 1 - tail : tail;
}
