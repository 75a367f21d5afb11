import { jensenShannonDistance, lInfinity, populationStabilityIndex } from './distances.ts';
import type { FrequencySketch } from './frequency-sketch.ts';
import { NamedCells } from './named-cells.ts';
import { OrderedCells } from './ordered-cells.ts';
import type { QuantileSketch } from './quantile-sketch.ts';
import { kolmogorovSmirnov, normalisedWasserstein } from './value-distances.ts';

export interface NumericDistances {
  readonly kolmogorovSmirnov: number;
  /** In units of the reference's spread. */
  readonly wasserstein: number;
  /** Over cells with about a sixteenth of the reference each, beyond it, and of missing values. */
  readonly populationStabilityIndex: number;
  readonly jensenShannon: number;
}

export function numericDistances(reference: QuantileSketch, current: QuantileSketch): NumericDistances {
  const cells = OrderedCells.of(reference);
  const [p, q] = [cells.tallyOf(reference).counts, cells.tallyOf(current).counts];
  return {
    kolmogorovSmirnov: kolmogorovSmirnov(reference, current),
    wasserstein: normalisedWasserstein(reference, current),
    populationStabilityIndex: populationStabilityIndex(p, q),
    jensenShannon: jensenShannonDistance(p, q),
  };
}

export interface CategoryDistances {
  readonly lInfinity: number;
  readonly populationStabilityIndex: number;
  readonly jensenShannon: number;
}

/** Over the reference's most frequent values, one cell for all others, and missing values. */
export function categoryDistances(reference: FrequencySketch, current: FrequencySketch): CategoryDistances {
  const cells = NamedCells.of(reference, 'categories', 1);
  const [p, q] = [cells.tallyOf(reference).counts, cells.tallyOf(current).counts];
  return {
    lInfinity: lInfinity(p, q),
    populationStabilityIndex: populationStabilityIndex(p, q),
    jensenShannon: jensenShannonDistance(p, q),
  };
}
