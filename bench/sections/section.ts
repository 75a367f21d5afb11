import type { Environment } from './environment.ts';

/** One measured line of a benchmark. */
export interface Figure {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  /** What it must reach; absent where it is shown for comparison. */
  readonly goal?: { readonly atMost: number } | { readonly atLeast: number };
  readonly note?: string;
}

/** A group of figures that are measured together, in one run. */
export interface FigureSection {
  readonly key: string;
  readonly title: string;
  /** What was done, in a sentence or two: shown above the figures. */
  readonly protocol: string;
  readonly measure: () => Promise<readonly Figure[]>;
  /** What its own code runs in, where that is not what the command's does. */
  readonly environment?: () => Promise<Environment>;
  /** Why this machine cannot measure it, or null where it can. Results that another machine gave stay. */
  readonly unmeasurable?: () => Promise<string | null>;
}
