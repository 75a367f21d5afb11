/** One measured line of the memory benchmarks. */
export interface MemoryFigure {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  /** What it must reach; absent where it is shown for comparison. */
  readonly goal?: { readonly atMost: number } | { readonly atLeast: number };
  readonly note?: string;
}

/** A group of figures that are measured together, in one run of one browser. */
export interface MemorySection {
  readonly key: string;
  readonly title: string;
  /** What was done, in a sentence or two: shown above the figures. */
  readonly protocol: string;
  readonly measure: () => Promise<readonly MemoryFigure[]>;
}
