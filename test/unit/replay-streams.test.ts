import { describe, expect, test } from 'vitest';
import { csvLines, generators } from '../../bench/streams/generators.ts';
import type { StreamGenerator } from '../../bench/streams/stream.ts';

const names = Object.keys(generators);
const generatorOf = (name: string): StreamGenerator => {
  const generator = generators[name];
  if (!generator) throw new RangeError(`there is no generator ${name}`);
  return generator;
};
const rowsOf = (name: string, count: number, seed: number): string[][] =>
  [...csvLines(generatorOf(name), count, seed)].slice(1).map((line) => line.split(','));

describe.each(names)('%s', (name) => {
  test('one seed, one stream; another seed, another', () => {
    expect(rowsOf(name, 200, 7)).toEqual(rowsOf(name, 200, 7));
    expect(rowsOf(name, 200, 8)).not.toEqual(rowsOf(name, 200, 7));
  });

  test('every row has every column', () => {
    const { columns } = generatorOf(name);
    const rows = rowsOf(name, 200, 7);
    expect(rows).toHaveLength(200);
    expect(columns.at(-1)).toBe('label');
    expect(rows.every((row) => row.length === columns.length && row.every((cell) => cell !== ''))).toBe(true);
  });
});

test('SEA flips one label in ten, and its threshold changes at each quarter', () => {
  const rows = rowsOf('sea', 8000, 7);
  const agreement = (from: number, threshold: number) =>
    rows
      .slice(from, from + 2000)
      .filter(([x1, x2, , label]) => Number(x1) + Number(x2) <= threshold === (label === 'below')).length / 2000;
  [8, 9, 7, 9.5].forEach((threshold, quarter) => {
    expect(agreement(quarter * 2000, threshold)).toBeGreaterThan(0.87);
    expect(agreement(quarter * 2000, threshold)).toBeLessThan(0.93);
  });
});

test('LED inverts one light in ten, and its segments move half-way', () => {
  const eight = rowsOf('led', 8000, 7).map((row, index) => ({ row, early: index < 4000 }));
  const litShare = (early: boolean) => {
    const rows = eight.filter(({ row, early: half }) => half === early && row.at(-1) === 'digit 8');
    return rows.flatMap(({ row }) => row.slice(0, 7)).filter((light) => light === 'on').length / (rows.length * 7);
  };
  expect(litShare(true)).toBeGreaterThan(0.87);
  expect(litShare(true)).toBeLessThan(0.93);
  expect(litShare(false)).toBeLessThan(0.8);
});
