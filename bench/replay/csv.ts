import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { CsvError, parse } from 'csv-parse';
import { reasonOf, TendrilError } from '../../src/errors.ts';

export interface CsvRecord {
  /** Line of the file that it ends on, from 1. */
  readonly line: number;
  readonly cells: readonly string[];
}

/**
 * The records of a .csv or .csv.gz file (RFC 4180, UTF-8), read as a stream. The first one is the header.
 * @throws INVALID_DATA for a file that cannot be read or unpacked, and for records of unequal length
 */
export async function* readCsv(file: string): AsyncGenerator<CsvRecord> {
  const source = createReadStream(file);
  const parser = parse({ bom: true, info: true, skip_empty_lines: true });
  // An error of any stage reaches the loop below through the parser, which pipeline destroys with it.
  const onEnd = () => undefined;
  if (file.endsWith('.gz')) pipeline(source, createGunzip(), parser, onEnd);
  else pipeline(source, parser, onEnd);
  try {
    for await (const { record, info } of parser as AsyncIterable<{ record: string[]; info: { lines: number } }>) {
      yield { line: info.lines, cells: record };
    }
  } catch (caught) {
    throw new TendrilError('INVALID_DATA', { reason: describe(file, caught) }, { cause: caught });
  }
}

function describe(file: string, caught: unknown): string {
  if (caught instanceof CsvError) return caught.message;
  const code = caught instanceof Error && 'code' in caught ? String(caught.code) : '';
  if (code === 'ENOENT') return `there is no file ${file}`;
  return `${file} cannot be read: ${reasonOf(caught)}`;
}
