import { median } from '../lib/median.ts';
import type { Cost, MethodResult } from './benchmark.ts';

/** What one method reached over the seeds. */
export interface MethodSummary {
  readonly method: string;
  readonly metrics: Readonly<Record<string, Spread>>;
  /** Median over the seeds. */
  readonly cost?: Cost;
  readonly note?: string;
}

export interface Spread {
  readonly mean: number;
  /** Of the sample; null for one value. */
  readonly standardDeviation: number | null;
  /** In the order of the seeds. */
  readonly values: readonly number[];
}

export interface SeedRun {
  readonly seed: number;
  readonly results: readonly MethodResult[];
}

/** @param runs one a seed @returns methods in the order in which they first appear @throws RangeError for a metric that is not a number */
export function aggregate(runs: readonly SeedRun[]): MethodSummary[] {
  const results = runs.flatMap((run) => run.results);
  return unique(results.map(({ method }) => method)).map((method) =>
    summarise(
      method,
      results.filter((result) => result.method === method),
    ),
  );
}

function summarise(method: string, results: readonly MethodResult[]): MethodSummary {
  const names = unique(results.flatMap(({ metrics }) => Object.keys(metrics)));
  const metrics = names.map((name) => [name, spread(valuesOf(name, method, results))] as const);
  const costs = results.flatMap(({ cost }) => (cost ? [cost] : []));
  const notes = unique(results.flatMap(({ note }) => (note === undefined ? [] : [note])));
  return {
    method,
    metrics: Object.fromEntries(metrics),
    ...(costs.length > 0 && { cost: medianCost(costs) }),
    ...(notes.length > 0 && { note: notes.join('; ') }),
  };
}

function valuesOf(name: string, method: string, results: readonly MethodResult[]): number[] {
  const values = results.flatMap(({ metrics }) => (metrics[name] === undefined ? [] : [metrics[name]]));
  const wrong = values.find((value) => !Number.isFinite(value));
  if (wrong !== undefined) throw new RangeError(`${method}: ${name} is ${String(wrong)}`);
  return values;
}

function medianCost(costs: readonly Cost[]): Cost {
  return {
    predictUs: median(costs.map(({ predictUs }) => predictUs)),
    learnUs: median(costs.map(({ learnUs }) => learnUs)),
    stateBytes: median(costs.map(({ stateBytes }) => stateBytes)),
  };
}

/** @param values at least one */
export function spread(values: readonly number[]): Spread {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, standardDeviation: values.length > 1 ? Math.sqrt(squares / (values.length - 1)) : null, values };
}

function unique<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}
