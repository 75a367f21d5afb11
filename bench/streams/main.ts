import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { csvLines, generators } from './generators.ts';

const { values } = parseArgs({
  options: {
    generator: { type: 'string' },
    rows: { type: 'string', default: '10000' },
    seed: { type: 'string', default: '1' },
    out: { type: 'string' },
  },
});
const generator = generators[values.generator ?? ''];
const [rows, seed] = [Number(values.rows), Number(values.seed)];

if (!generator || !Number.isInteger(rows) || rows < 1 || !Number.isInteger(seed)) {
  console.error('Usage: npx tsx bench/streams/main.ts --generator NAME [--rows N] [--seed N] [--out FILE.csv]');
  console.error(`Generators: ${Object.keys(generators).join(', ')}; the label is in column "label".`);
  process.exitCode = 2;
} else {
  const lines = Readable.from(csvLines(generator, rows, seed)).map((line: string) => `${line}\n`);
  await pipeline(lines, values.out === undefined ? process.stdout : createWriteStream(values.out));
}
