import { readCsv } from '../../replay/csv.ts';

export const ELEC2_FILE = 'elec2/electricity_full.csv.gz';

/** Numeric columns of Elec2 by name, in order of time; a row each half hour. */
export async function elec2Columns(file: string): Promise<Readonly<Record<string, readonly number[]>>> {
  const columns: number[][] = [];
  let names: readonly string[] = [];
  for await (const { cells } of readCsv(file)) {
    if (names.length === 0) names = cells;
    else cells.forEach((cell, index) => (columns[index] ??= []).push(Number(cell)));
  }
  return Object.fromEntries(names.map((name, index) => [name, columns[index] ?? []]));
}
