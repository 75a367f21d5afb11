import type { FeatureSchemaInput, FeatureValue } from '../../src/core/task.ts';
import { TendrilError } from '../../src/errors.ts';
import type { ReplayOptions } from './arguments.ts';
import { ColumnScan, type ColumnType } from './column-scan.ts';
import { type CsvRecord, readCsv } from './csv.ts';

interface FeatureColumn {
  readonly index: number;
  readonly name: string;
  readonly type: ColumnType;
}

/** One row as the learner gets it. */
export interface Example {
  readonly input: Readonly<Record<string, FeatureValue>>;
  readonly label: string;
}

export type TableOptions = Pick<
  ReplayOptions,
  'dataFile' | 'target' | 'categorical' | 'numeric' | 'text' | 'ignored' | 'limitRows'
>;

/** A labelled table on disk whose columns are known: one pass has checked every cell, later passes stream the examples. */
export class Table {
  readonly rowCount: number;
  readonly #options: TableOptions;
  readonly #features: readonly FeatureColumn[];
  readonly #targetIndex: number;

  private constructor(
    options: TableOptions,
    features: readonly FeatureColumn[],
    targetIndex: number,
    rowCount: number,
  ) {
    this.#options = options;
    this.#features = features;
    this.#targetIndex = targetIndex;
    this.rowCount = rowCount;
  }

  /** @throws INVALID_DATA for a file that does not hold such a table, INVALID_CONFIG for columns that it does not have */
  static async open(options: TableOptions): Promise<Table> {
    const records = readCsv(options.dataFile);
    const header = await readHeader(records, options);
    const scans = header.map((name) => createScan(name, options));
    const targetIndex = header.indexOf(options.target);
    let rowCount = 0;
    for await (const { cells, line } of take(records, options.limitRows)) {
      rowCount++;
      scans.forEach((scan, index) => scan?.update(cells[index] ?? '', line));
      if (cells[targetIndex]?.trim() === '')
        throw invalidData(`line ${String(line)}: column "${options.target}" has no label`);
    }
    if (rowCount === 0) throw invalidData(`${options.dataFile} has a header and no rows`);
    const features = scans.flatMap((scan, index) => (scan ? [{ index, name: scan.name, type: scan.type() }] : []));
    return new Table(options, features, targetIndex, rowCount);
  }

  schema(): FeatureSchemaInput {
    return Object.fromEntries(this.#features.map(({ name, type }) => [name, type]));
  }

  async *examples(): AsyncGenerator<Example> {
    const records = readCsv(this.#options.dataFile);
    await records.next();
    for await (const { cells } of take(records, this.rowCount)) {
      const values = this.#features.map(({ index, name, type }) => [name, toValue(cells[index] ?? '', type)] as const);
      yield { input: Object.fromEntries(values), label: cells[this.#targetIndex] ?? '' };
    }
  }
}

async function readHeader(records: AsyncGenerator<CsvRecord>, options: TableOptions): Promise<readonly string[]> {
  const first = await records.next();
  if (first.done === true) throw invalidData(`${options.dataFile} is empty`);
  const header = first.value.cells.map((name) => name.trim());
  const repeated = header.find((name, index) => header.indexOf(name) !== index);
  if (repeated !== undefined) throw invalidData(`the header has "${repeated}" more than once`);
  const { target, categorical, numeric, text, ignored } = options;
  for (const name of [target, ...categorical, ...numeric, ...text, ...ignored]) {
    if (!header.includes(name)) throw invalidConfig(`there is no column "${name}"; there are ${header.join(', ')}`);
  }
  const declared = [target, ...categorical, ...numeric, ...text, ...ignored];
  const twice = declared.find((name, index) => declared.indexOf(name) !== index);
  if (twice !== undefined) throw invalidConfig(`column "${twice}" is given two roles`);
  return header;
}

/** `null` for a column that the learner does not get. */
function createScan(name: string, options: TableOptions): ColumnScan | null {
  if (name === options.target || options.ignored.includes(name)) return null;
  if (options.categorical.includes(name)) return new ColumnScan(name, 'categorical');
  if (options.text.includes(name)) return new ColumnScan(name, 'text');
  return new ColumnScan(name, options.numeric.includes(name) ? 'numeric' : null);
}

function toValue(cell: string, type: ColumnType): FeatureValue {
  if (cell.trim() === '') return null;
  return type === 'numeric' ? Number(cell) : cell;
}

async function* take<T>(items: AsyncGenerator<T>, count: number): AsyncGenerator<T> {
  let taken = 0;
  for await (const item of items) {
    yield item;
    if (++taken >= count) return;
  }
}

function invalidData(reason: string): TendrilError {
  return new TendrilError('INVALID_DATA', { reason });
}

function invalidConfig(reason: string): TendrilError {
  return new TendrilError('INVALID_CONFIG', { reason });
}
