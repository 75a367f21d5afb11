import { readFileSync } from 'node:fs';
import { Rng } from '../../../src/core/rng.ts';
import { readCsv } from '../../replay/csv.ts';

export interface TextExample {
  readonly text: string;
  readonly label: string;
}

/** Columns `text,label` under a header. */
export async function readTextCsv(file: string): Promise<TextExample[]> {
  const examples: TextExample[] = [];
  for await (const { cells } of readCsv(file)) examples.push({ text: cells[0] ?? '', label: cells[1] ?? '' });
  return examples.slice(1);
}

/** Lines of `label<tab>text`, without quoting. */
export function readTextLines(file: string): TextExample[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.includes('\t'))
    .map((line) => {
      const tab = line.indexOf('\t');
      return { label: line.slice(0, tab), text: line.slice(tab + 1).trimEnd() };
    });
}

export function shuffled(examples: readonly TextExample[], seed: number): TextExample[] {
  return Rng.fromSeed(seed).shuffle([...examples]);
}

/** The same texts, a share of them with another label, each of the others as likely. */
export function withWrongLabels(examples: readonly TextExample[], share: number, seed: number): TextExample[] {
  const rng = Rng.fromSeed(seed);
  const labels = [...new Set(examples.map(({ label }) => label))].sort();
  return examples.map(({ text, label }) => {
    if (rng.nextFloat() >= share) return { text, label };
    const others = labels.filter((other) => other !== label);
    return { text, label: others[rng.nextInt(others.length)]! };
  });
}
