/** What `npm run bench:learning` runs: one file a benchmark, each a value of this type. */
export interface LearningBenchmark {
  /** Lower-case, for `--only`. */
  readonly key: string;
  readonly title: string;
  /** One or two sentences for the table: protocol, and where the published figures come from. */
  readonly protocol: string;
  /** Data files inside the data folder; without them the benchmark is skipped, and says so. */
  readonly files: readonly string[];
  /** At least five, fixed in advance. */
  readonly seeds: readonly number[];
  readonly goals: readonly Goal[];
  /** Figures of others that are shown beside ours and not run here. */
  readonly published: readonly PublishedRow[];
  /** All methods with one seed. Deterministic but for `cost`. */
  run(seed: number, context: BenchmarkContext): Promise<readonly MethodResult[]>;
}

export interface BenchmarkContext {
  /** Absolute path of a data file. */
  readonly dataFile: (name: string) => string;
  readonly monotonicMs: () => number;
  readonly log: (line: string) => void;
}

/** What one method reached with one seed. */
export interface MethodResult {
  /** `Tendril (default)` is the one configuration that the goals are about. */
  readonly method: string;
  /** Metric name to value, e.g. `accuracy`. */
  readonly metrics: Readonly<Record<string, number>>;
  /** Cost beside quality, where it was measured. */
  readonly cost?: Cost;
  /** Something to say about this row. */
  readonly note?: string;
}

export interface Cost {
  /** Median microseconds of one prediction. */
  readonly predictUs: number;
  /** Median microseconds of one learned experience. */
  readonly learnUs: number;
  readonly stateBytes: number;
}

export interface Goal {
  readonly metric: string;
  readonly atLeast?: number;
  readonly atMost?: number;
  /** Whose figure it is. */
  readonly source: string;
}

export interface PublishedRow {
  readonly method: string;
  readonly metrics: Readonly<Record<string, number>>;
  readonly source: string;
}

export const DEFAULT_METHOD = 'Tendril (default)';
