import type { WeightedValues } from './quantile-sketch.ts';

/** Lows and highs of up to so many runs of values with about equal weights; equal values stay together. */
export function equalShares({ values, cumulative }: WeightedValues, runs: number): [number[], number[]] {
  const [lows, highs]: [number[], number[]] = [[], []];
  const total = cumulative.at(-1) ?? 0;
  let before = 0;
  for (let at = 0; at < values.length;) {
    const share = (total - before) / (runs - lows.length);
    const end = endOfRun(values, cumulative, at, before + share);
    lows.push(values[at]!);
    highs.push(values[end - 1]!);
    before = cumulative[end - 1]!;
    at = end;
  }
  return [lows, highs];
}

/** Where the run from `at` that comes nearest to the weight `goal` ends; a value that is heavy by itself is left for the next one. */
function endOfRun(values: Float64Array, cumulative: Float64Array, at: number, goal: number): number {
  let end = afterTies(values, at);
  while (end < values.length && cumulative[end - 1]! < goal) {
    const next = afterTies(values, end);
    if (cumulative[next - 1]! - goal > goal - cumulative[end - 1]!) break;
    end = next;
  }
  return end;
}

function afterTies(values: Float64Array, at: number): number {
  let end = at + 1;
  while (values[end] === values[at]) end++;
  return end;
}
