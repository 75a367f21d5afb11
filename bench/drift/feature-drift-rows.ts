import { existsSync, readFileSync } from 'node:fs';
import type { FeatureSchema, ParsedFeatures } from '../../src/core/task.ts';
import { dataFile } from '../learning/harness/data-files.ts';
import { readTextCsv } from '../learning/text/text-data.ts';
import { readCsv } from '../replay/csv.ts';

/** Real rows of one table, in two parts that differ; both parts together are its null. */
export interface RealRows {
  readonly name: string;
  readonly schema: FeatureSchema;
  readonly rows: readonly ParsedFeatures[];
  /** What separates the parts, and which rows are in the second one. */
  readonly split: string;
  readonly isSecond: readonly boolean[];
}

/** Those whose files are there. */
export async function readRealRows(): Promise<RealRows[]> {
  const all: readonly (readonly [string, (file: string) => Promise<RealRows>])[] = [
    ['elec2/electricity_full.csv.gz', electricity],
    ['mushroom/agaricus-lepiota.data', mushrooms],
    ['banking77/train.csv', questions],
    ['digits/digits.csv.gz', digits],
  ];
  const found = all.filter(([file]) => existsSync(dataFile(file)));
  return Promise.all(found.map(([file, read]) => read(dataFile(file))));
}

/** In the order of time. */
async function electricity(file: string): Promise<RealRows> {
  const names = ['day', 'period', 'nswprice', 'nswdemand', 'vicprice', 'vicdemand', 'transfer'];
  const rows: ParsedFeatures[] = [];
  for await (const { line, cells } of readCsv(file)) {
    if (line === 1) continue;
    // The first column is the date, which nothing is like before.
    rows.push(Object.fromEntries(names.map((name, i) => [name, Number(cells[i + 1])])));
  }
  const schema = Object.fromEntries(names.map((name) => [name, { type: 'numeric' } as const]));
  const isSecond = rows.map((_, i) => i >= rows.length / 2);
  return { name: 'Elec2, 7 numbers', schema, rows, split: 'first half, second half', isSecond };
}

async function mushrooms(file: string): Promise<RealRows> {
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  const cells = lines.map((line) => line.trim().split(','));
  const names = (cells[0] ?? []).slice(1).map((_, i) => `f${i + 1}`);
  const rows = cells.map(([, ...values]) => Object.fromEntries(names.map((name, i) => [name, values[i] ?? null])));
  const schema = Object.fromEntries(names.map((name) => [name, { type: 'categorical' } as const]));
  const isSecond = cells.map(([label]) => label === 'p');
  return { name: 'mushrooms, 22 categories', schema, rows, split: 'edible, poisonous', isSecond };
}

async function questions(file: string): Promise<RealRows> {
  const examples = await readTextCsv(file);
  const labels = [...new Set(examples.map(({ label }) => label))].sort();
  return {
    name: 'banking77, 1 text',
    schema: { question: { type: 'text' } },
    rows: examples.map(({ text }) => ({ question: text })),
    split: 'one half of the intents, the other',
    isSecond: examples.map(({ label }) => labels.indexOf(label) >= labels.length / 2),
  };
}

async function digits(file: string): Promise<RealRows> {
  const rows: number[][] = [];
  for await (const { cells } of readCsv(file)) rows.push(cells.map(Number));
  return {
    name: 'digits, 1 embedding of 64',
    schema: { image: { type: 'embedding', size: 64 } },
    rows: rows.map((cells) => ({ image: cells.slice(0, 64) })),
    split: 'digits 0 to 4, 5 to 9',
    isSecond: rows.map((cells) => (cells[64] ?? 0) >= 5),
  };
}
