import type { ClassificationTask, FeatureSchema, Features } from '../../../src/core/task.ts';
import { Rng } from '../../../src/core/rng.ts';
import { TendrilError } from '../../../src/errors.ts';
import { readCsv } from '../../replay/csv.ts';

export interface LabelledRow {
  readonly features: Features;
  readonly label: string;
}

export interface LabelledStream {
  readonly input: FeatureSchema;
  readonly rows: readonly LabelledRow[];
}

/** All columns but the target are numbers. @throws INVALID_DATA without such a file or column */
export async function readLabelledRows(file: string, target: string): Promise<LabelledStream> {
  let header: readonly string[] = [];
  const rows: LabelledRow[] = [];
  for await (const { cells } of readCsv(file)) {
    if (header.length === 0) {
      header = cells;
      if (!header.includes(target)) throw new TendrilError('INVALID_DATA', { reason: `${file} has no ${target}` });
      continue;
    }
    const entries = header.map((name, index) => [name, cells[index] ?? ''] as const);
    const features = entries.filter(([name]) => name !== target).map(([name, cell]) => [name, Number(cell)] as const);
    rows.push({ features: Object.fromEntries(features), label: cells[header.indexOf(target)] ?? '' });
  }
  const names = header.filter((name) => name !== target);
  return { input: Object.fromEntries(names.map((name) => [name, { type: 'numeric' }] as const)), rows };
}

export function taskOf(input: FeatureSchema, seed: number): ClassificationTask {
  return { id: 'stream', kind: 'classification', seed, schema: { input } };
}

export function shuffled(rows: readonly LabelledRow[], seed: number): LabelledRow[] {
  return Rng.fromSeed(seed).shuffle([...rows]);
}

/** The labels to learn: a share of them, drawn with the seed, is another class than the true one. */
export function flippedLabels(rows: readonly LabelledRow[], share: number, seed: number): string[] {
  const rng = Rng.fromSeed(seed);
  const classes = [...new Set(rows.map(({ label }) => label))];
  return rows.map(({ label }) => {
    const others = classes.filter((name) => name !== label);
    return rng.nextFloat() < share && others.length > 0 ? others[rng.nextInt(others.length)]! : label;
  });
}
