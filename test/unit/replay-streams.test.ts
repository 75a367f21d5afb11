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

test('rings take turns and overlap with their neighbours alone', () => {
  const rows = rowsOf('rings', 4000, 7).map(([x1, x2, label]) => ({
    radius: Math.hypot(Number(x1), Number(x2)),
    label,
  }));
  const shareOdd = (from: number, to: number) => {
    const between = rows.filter(({ radius }) => radius >= from && radius < to);
    return between.filter(({ label }) => label === 'odd').length / between.length;
  };
  expect(shareOdd(0, 0.7)).toBeLessThan(0.1);
  expect(shareOdd(1.3, 1.7)).toBeGreaterThan(0.9);
  expect(shareOdd(2.3, 3)).toBeLessThan(0.1);
});

test('labels stick where they should', () => {
  const repeats = (name: string, from: number, to: number) => {
    const labels = rowsOf(name, 6000, 7).map((row) => row.at(-1));
    return labels.slice(from, to).filter((label, index) => label === labels[from + index - 1]).length / (to - from);
  };
  expect(repeats('sticky-classes', 1, 2000)).toBeGreaterThan(0.88);
  expect(repeats('sticky-classes', 2001, 4000)).toBeLessThan(0.75);
  expect(repeats('wandering-level', 1, 6000)).toBeGreaterThan(0.7);
});

test('trees come back: the first and the third part share a concept that the second does not', () => {
  const nearest = (from: readonly string[][], row: readonly string[]) => {
    const distance = (other: readonly string[]) =>
      row.slice(0, 5).reduce((sum, cell, index) => sum + (Number(cell) - Number(other[index])) ** 2, 0) +
      row.slice(5, 7).filter((cell, index) => cell !== other[5 + index]).length;
    return from.reduce((best, other) => (distance(other) < distance(best) ? other : best));
  };
  const rows = rowsOf('recurring-trees', 6000, 7);
  const agreement = (part: number) =>
    rows.slice(part * 1000, part * 1000 + 200).filter((row) => nearest(rows.slice(0, 1000), row).at(-1) === row.at(-1))
      .length / 200;
  expect(agreement(2)).toBeGreaterThan(agreement(1) + 0.1);
});

test('a questionnaire has levels, and both answers', () => {
  const rows = rowsOf('questionnaire', 1000, 7);
  expect(new Set(rows.flatMap((row) => row.slice(0, -1)))).toEqual(new Set(['0', '0.5', '1']));
  const yes = rows.filter((row) => row.at(-1) === 'yes').length;
  expect(yes).toBeGreaterThan(150);
  expect(yes).toBeLessThan(850);
});
