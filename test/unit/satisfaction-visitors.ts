import type { Rng } from '../../src/core/rng.ts';

export interface Visit {
  readonly signals: Readonly<Record<string, number | null>>;
  /** Probability of a thumb up: what a reward should order by. */
  readonly satisfaction: number;
  readonly thumb: number;
}

export const visitSignals = ['dwell', 'scroll', 'click', 'copies', 'returns'];

/** What satisfies: reading to the end and copying, and coming back soon is a bad sign; `dwell` lovers are satisfied by time alone. */
export type Taste = 'reads' | 'dwells';

/** Seconds of dwell with a long tail, scroll depth, clicks on anything (noise), copies, quick returns to the list; a tenth of all values is missing. */
export function visit(rng: Rng, taste: Taste): Visit {
  const interest = rng.nextGaussian();
  const dwell = Math.exp(3 + 0.5 * interest + rng.nextGaussian());
  const scroll = logistic(interest + 1.2 * rng.nextGaussian());
  const click = rng.nextFloat() < 0.3 ? 1 : 0;
  const copies = rng.nextFloat() < 0.15 ? 1 + rng.nextInt(3) : 0;
  const returns = rng.nextFloat() < 0.25 ? 1 : 0;
  const satisfaction =
    taste === 'reads'
      ? logistic(-1.6 + 3 * scroll + 1.2 * Math.log1p(copies) - 2 * returns)
      : logistic(6 * (dwell / (dwell + 20)) - 3);
  const all = { dwell, scroll, click, copies, returns };
  const signals = Object.fromEntries(
    Object.entries(all).map(([name, value]) => [name, rng.nextFloat() < 0.1 ? null : value]),
  );
  return { signals, satisfaction, thumb: rng.nextFloat() < satisfaction ? 1 : 0 };
}

function logistic(score: number): number {
  return 1 / (1 + Math.exp(-score));
}

/** Spearman's rank correlation; values that are equal share their mean rank. */
export function rankCorrelation(a: readonly number[], b: readonly number[]): number {
  const [x, y] = [ranks(a), ranks(b)];
  const mean = (a.length - 1) / 2;
  let [xy, xx, yy] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    xy += (x[i]! - mean) * (y[i]! - mean);
    xx += (x[i]! - mean) ** 2;
    yy += (y[i]! - mean) ** 2;
  }
  return xy / Math.sqrt(xx * yy);
}

function ranks(values: readonly number[]): number[] {
  const order = values.map((_, index) => index).sort((i, j) => values[i]! - values[j]!);
  const rank = new Array<number>(values.length).fill(0);
  for (let start = 0; start < order.length;) {
    let end = start;
    while (end + 1 < order.length && values[order[end + 1]!] === values[order[start]!]) end++;
    for (let i = start; i <= end; i++) rank[order[i]!] = (start + end) / 2;
    start = end + 1;
  }
  return rank;
}
