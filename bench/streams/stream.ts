import type { Rng } from '../../src/core/rng.ts';

/** One cell for each column; the last one is the label. */
export type StreamRow = readonly (number | string)[];

/** A seeded generator of a labelled stream whose concept changes on the way. */
export interface StreamGenerator {
  /** The last one is `label`. */
  readonly columns: readonly string[];
  /** @param count rows in all: changes of the concept lie at fixed shares of it */
  rows(count: number, rng: Rng): Generator<StreamRow>;
}

/** The part of the stream, from 0, that `row` lies in where `parts` equally long ones follow each other. */
export function partOf(row: number, count: number, parts: number): number {
  return Math.min(parts - 1, Math.floor((row * parts) / count));
}

export function numberedColumns(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${String(index + 1)}`);
}
