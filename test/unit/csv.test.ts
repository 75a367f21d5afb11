import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Table, type TableOptions } from '../../bench/replay/table.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tendril-csv-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function write(name: string, content: string | Uint8Array): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, content);
  return file;
}

function options(dataFile: string, given: Partial<TableOptions> = {}): TableOptions {
  return { dataFile, target: 'y', categorical: [], numeric: [], text: [], ignored: [], limitRows: Infinity, ...given };
}

async function open(content: string, given: Partial<TableOptions> = {}): Promise<Table> {
  return Table.open(options(await write('table.csv', content), given));
}

async function examplesOf(table: Table) {
  const examples = [];
  for await (const example of table.examples()) examples.push(example);
  return examples;
}

const expectCode = (work: Promise<unknown>, code: string, reason: RegExp) =>
  expect(work).rejects.toMatchObject({ code, details: { reason: expect.stringMatching(reason) as unknown } });

describe('columns', () => {
  test('a column is numeric unless a value is no number', async () => {
    const table = await open('a,b,c,y\n1,-2.5e-3,x,up\n.5,+3,2,down\n');
    expect(table.schema()).toEqual({ a: 'numeric', b: 'numeric', c: 'categorical' });
    expect(await examplesOf(table)).toEqual([
      { input: { a: 1, b: -0.0025, c: 'x' }, label: 'up' },
      { input: { a: 0.5, b: 3, c: '2' }, label: 'down' },
    ]);
  });

  test('a named role wins over the values, and ignored columns are left out', async () => {
    const table = await open('day,note,id,y\n1,hello world,7,1\n2,good bye,8,0\n', {
      categorical: ['day'],
      text: ['note'],
      ignored: ['id'],
    });
    expect(table.schema()).toEqual({ day: 'categorical', note: 'text' });
    expect((await examplesOf(table))[1]).toEqual({ input: { day: '2', note: 'good bye' }, label: '0' });
  });

  test('an empty cell is a missing value and tells nothing about the type', async () => {
    const table = await open('a,b,y\n,red,1\n 2 ,,0\n');
    expect(table.schema()).toEqual({ a: 'numeric', b: 'categorical' });
    expect(await examplesOf(table)).toEqual([
      { input: { a: null, b: 'red' }, label: '1' },
      { input: { a: 2, b: null }, label: '0' },
    ]);
  });

  test('the limit holds for the detection too', async () => {
    const table = await open('a,y\n1,1\n2,0\nthree,1\n', { limitRows: 2 });
    expect(table.rowCount).toBe(2);
    expect(table.schema()).toEqual({ a: 'numeric' });
    expect(await examplesOf(table)).toHaveLength(2);
  });
});

describe('files', () => {
  test('gzip, a byte order mark, quoted commas and line breaks', async () => {
    const text = '\uFEFFname,y\r\n"a, ""b""\nc",1\r\nd,0\r\n';
    const table = await Table.open(options(await write('table.csv.gz', gzipSync(text))));
    expect(await examplesOf(table)).toEqual([
      { input: { name: 'a, "b"\nc' }, label: '1' },
      { input: { name: 'd' }, label: '0' },
    ]);
  });

  test('a file that is not there', () =>
    expectCode(Table.open(options(join(folder, 'absent.csv'))), 'INVALID_DATA', /no file/));
  test('a folder', () => expectCode(Table.open(options(folder)), 'INVALID_DATA', /cannot be read/));
  test('a .gz file that is none', async () => {
    const file = await write('broken.csv.gz', 'a,y\n1,1\n');
    await expectCode(Table.open(options(file)), 'INVALID_DATA', /cannot be read/);
  });
  test('a .gz file that was cut off', async () => {
    const packed = gzipSync(`a,y\n${'1,1\n'.repeat(5000)}`);
    const file = await write('cut.csv.gz', packed.subarray(0, packed.length - 12));
    await expectCode(Table.open(options(file)), 'INVALID_DATA', /cannot be read/);
  });
});

describe('data that cannot be used', () => {
  test.each([
    ['an empty file', '', /is empty/],
    ['a header alone', 'a,y\n', /no rows/],
    ['rows of unequal length', 'a,y\n1,1\n2\n', /line 3/],
    ['a quote that is never closed', 'a,y\n"1,1\n2,0\n', /Quote/],
    ['two columns of one name', 'a,a,y\n1,2,1\n', /"a" more than once/],
    ['a row without a label', 'a,y\n1,1\n2,\n', /line 3.*no label/],
    ['NaN among numbers', 'a,y\n1,1\nNaN,0\n', /line 3, column "a": "NaN"/],
    ['a number too large for a double', 'a,y\n1e999,1\n', /line 2, column "a": "1e999"/],
  ])('%s', (_, content, reason) => expectCode(open(content), 'INVALID_DATA', reason));

  test('a word in a column that was declared numeric', () =>
    expectCode(open('a,y\n1,1\nmany,0\n', { numeric: ['a'] }), 'INVALID_DATA', /line 3, column "a": "many"/));
});

describe('columns that cannot be used', () => {
  test('an unknown target', () => expectCode(open('a,b\n1,1\n'), 'INVALID_CONFIG', /no column "y"; there are a, b/));
  test('an unknown feature', () =>
    expectCode(open('a,y\n1,1\n', { categorical: ['colour'] }), 'INVALID_CONFIG', /no column "colour"/));
  test('two roles for one column', () =>
    expectCode(open('a,y\n1,1\n', { categorical: ['a'], text: ['a'] }), 'INVALID_CONFIG', /two roles/));
});
