import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BlockStack, BLOCK_ROWS, levelOf } from '../../src/monitor/distribution/block-stack.ts';
import { Dispersion } from '../../src/monitor/distribution/dispersion.ts';
import { FrequencySketch } from '../../src/monitor/distribution/frequency-sketch.ts';
import { measuresOf } from '../../src/monitor/distribution/measures.ts';
import { NamedCells } from '../../src/monitor/distribution/named-cells.ts';
import { OrderedCells } from '../../src/monitor/distribution/ordered-cells.ts';
import { areaBetween, quantileOfPieces } from '../../src/monitor/distribution/pieces.ts';
import { QuantileSketch } from '../../src/monitor/distribution/quantile-sketch.ts';
import { emptyTally, type Tally } from '../../src/monitor/distribution/tally.ts';
import { Rng } from '../../src/core/rng.ts';
import '../support/fixed-seed.ts';

function sketchOf(values: readonly number[]): QuantileSketch {
  const sketch = new QuantileSketch(1024);
  for (const value of values) sketch.update(value);
  return sketch;
}

function tallied(cells: OrderedCells, values: readonly (number | null)[]): Tally {
  const tally = emptyTally(cells.size);
  for (const value of values) cells.add(tally, value);
  return tally;
}

const oneToOneHundred = Array.from({ length: 100 }, (_, i) => i + 1);

describe('OrderedCells', () => {
  it('hold about equal shares, and what is outside has cells of its own', () => {
    const cells = OrderedCells.of(sketchOf(oneToOneHundred));
    const { counts, below, above } = tallied(cells, [...oneToOneHundred, 0, -9, 101, 110, null]);
    expect(cells.size).toBe(16 + 3);
    expect([counts[0], counts.at(-2), counts.at(-1)]).toEqual([2, 2, 1]);
    for (const inner of counts.slice(1, -2)) expect(Math.abs(inner - 100 / 16)).toBeLessThan(1);
    // By how much in all, at least, and at most.
    expect([below, above]).toEqual([
      [11, 1, 10],
      [11, 1, 10],
    ]);
  });

  it('give a frequent value a cell of its own', () => {
    const cells = OrderedCells.of(sketchOf([...oneToOneHundred, ...Array.from({ length: 60 }, () => 40.5)]));
    const tally = tallied(cells, [40.5, 40.5, 40, 41]);
    expect(tally.counts.filter((count) => count > 0)).toEqual([1, 2, 1]);
  });

  it('count what a sketch has seen as they count its values', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -20, max: 20 }), { maxLength: 200 }),
        fc.array(fc.integer({ min: -40, max: 40 }), { maxLength: 200 }),
        (first, values) => {
          const cells = OrderedCells.of(sketchOf(first));
          expect(cells.size).toBeLessThanOrEqual(16 + 3);
          expect(cells.tallyOf(sketchOf(values)).counts).toEqual(tallied(cells, values).counts);
          expect(OrderedCells.restore(cells.state()).state()).toEqual(cells.state());
        },
      ),
    );
  });

  it('put everything above where the sketch was empty', () => {
    const cells = OrderedCells.of(new QuantileSketch());
    expect(tallied(cells, [3, -3, null]).counts).toEqual([0, 2, 1]);
  });

  it('know quantiles and areas, also of what lies far outside', () => {
    const cells = OrderedCells.of(sketchOf(oneToOneHundred));
    const reference = cells.pieces(tallied(cells, oneToOneHundred));
    expect(quantileOfPieces(reference, 0.5)).toBeCloseTo(50.5, 0);
    for (const shift of [0, 3, 10, 60, 1000, -500]) {
      const moved = cells.pieces(
        tallied(
          cells,
          oneToOneHundred.map((value) => value + shift),
        ),
      );
      expect(Math.abs(areaBetween(reference, moved) - Math.abs(shift)), `by ${shift}`).toBeLessThan(1);
      expect(Math.abs(quantileOfPieces(moved, 0.5) - 50.5 - shift), `by ${shift}`).toBeLessThan(1.5);
    }
  });
});

describe('pieces', () => {
  it('cross each other', () => {
    const [even, twoValues] = [
      [{ from: 0, to: 1, weight: 4 }],
      [
        { from: 0, to: 0, weight: 1 },
        { from: 1, to: 1, weight: 1 },
      ],
    ];
    // Two triangles of 1/8.
    expect(areaBetween(even, twoValues)).toBeCloseTo(0.25, 12);
    expect(areaBetween(even, [])).toBe(0);
    expect(quantileOfPieces([], 0.5)).toBeNaN();
  });
});

describe('NamedCells', () => {
  const sketch = new FrequencySketch(64);
  for (const value of ['a', 'a', 'a', 'b', 'b', 'once']) sketch.update(value);

  it('have names for what was seen more than once, and buckets for the rest', () => {
    const cells = NamedCells.of(sketch, 'categories', 4);
    expect(cells.names).toEqual(['a', 'b']);
    const tally = emptyTally(cells.size);
    for (const value of ['b', 'once', 'new', null]) cells.add(tally, value);
    expect(tally.rows).toBe(4);
    expect(tally.counts.slice(0, 2)).toEqual([0, 1]);
    expect(tally.counts.slice(2, 6).reduce((sum, count) => sum + count, 0)).toBe(2);
    expect(tally.counts[6]).toBe(1);
  });

  it('count a row once in each cell that its entries are in', () => {
    const cells = NamedCells.of(sketch, 'entries', 1);
    const tally = emptyTally(cells.size);
    for (const row of [['a', 'x', 'y', 'x'], [], ['b', 'a', 'a']]) cells.add(tally, row);
    expect(tally).toMatchObject({ rows: 3, counts: [2, 1, 1, 0] });
  });
});

describe('BlockStack', () => {
  const block = (rows = BLOCK_ROWS): Tally => ({ rows, counts: [rows], below: [0, 0, 0], above: [0, 0, 0] });

  it('gives a block of each length whenever one is complete, with all rows in it', () => {
    const stack = new BlockStack();
    const ended = Array.from({ length: 128 }, () => stack.push(block()).map(({ rows }) => rows / BLOCK_ROWS));
    expect(ended.slice(0, 8)).toEqual([[1], [1, 2], [1], [1, 2, 4], [1], [1, 2], [1], [1, 2, 4, 8]]);
    const looks = [1, 2, 4, 8, 16, 32, 64].map((size) => ended.filter((sizes) => sizes.includes(size)).length);
    expect(looks).toEqual([128, 64, 32, 16, 8, 4, 2]);
  });

  it('knows the latest rows, and gives copies', () => {
    const stack = new BlockStack();
    expect(stack.recent()).toBeNull();
    for (let i = 0; i < 64 + 3; i++) stack.push(block());
    expect(stack.recent()?.rows).toBe(3 * BLOCK_ROWS);
    const [ended] = stack.push(block());
    ended!.counts[0] = 1e9;
    stack.recent()!.counts[0] = 1e9;
    expect(stack.recent()?.counts).toEqual([4 * BLOCK_ROWS]);
    for (let i = 4; i < 64; i++) stack.push(block());
    expect(stack.recent()?.rows).toBe(64 * BLOCK_ROWS);
  });

  it('knows the level that a number of rows has', () => {
    expect([1, 32, 63, 64, 2047, 2048, 1e6].map(levelOf)).toEqual([0, 0, 0, 1, 5, 6, 6]);
  });
});

/** Scales after blocks of 32 rows of two cells, the first with these chances. */
function scalesAfter(blocks: number, rng: Rng, stay: number): { all: number; cells: readonly number[] } {
  const [dispersion, stack] = [new Dispersion('categories'), new BlockStack()];
  let value = 0;
  for (let i = 0; i < blocks; i++) {
    const counts = [0, 0];
    for (let row = 0; row < BLOCK_ROWS; row++) {
      if (rng.nextFloat() >= stay) value = rng.nextInt(2);
      counts[value] = counts[value]! + 1;
    }
    const block: Tally = { rows: BLOCK_ROWS, counts, below: [0, 0, 0], above: [0, 0, 0] };
    stack.push(block).forEach((ended, level) => dispersion.update(level, ended));
  }
  return dispersion.scales(2, BLOCK_ROWS);
}

describe('Dispersion', () => {
  const meanScale = (stay: number): number => {
    const scales = Array.from({ length: 40 }, (_, seed) => scalesAfter(28, Rng.fromSeed(seed), stay).all);
    return scales.reduce((sum, scale) => sum + scale, 0) / scales.length;
  };

  it('is little more than 1 for independent rows, and knows rows that stay alike', () => {
    expect(meanScale(0)).toBeGreaterThan(1);
    expect(meanScale(0)).toBeLessThan(1.5);
    // (1 + ρ) / (1 − ρ) = 9 is right; what is above 1 counts one and a half times.
    expect(meanScale(0.8)).toBeGreaterThan(9);
    expect(meanScale(0.8)).toBeLessThan(20);
  });

  it('says nothing of what it has not seen', () => {
    expect(new Dispersion('ordered').scales(3, 32)).toEqual({ all: 1, cells: [1, 1, 1] });
  });
});

describe('measures', () => {
  const valuesOf = (
    type: 'numeric' | 'categorical' | 'text' | 'multi-hot',
    value: Parameters<ReturnType<typeof measuresOf>[number]['of']>[0],
  ) => measuresOf({ type }, 1).map((measure) => measure.of(value));

  it('are what can be counted of each type; null is missing in all of them', () => {
    expect(valuesOf('numeric', 2.5)).toEqual([2.5]);
    expect(valuesOf('categorical', 'x')).toEqual(['x']);
    expect(valuesOf('multi-hot', ['p', 'q'])).toEqual([['p', 'q'], 2]);
    const [words, count] = valuesOf('text', 'To be, or not to be');
    expect([...(words as string[])].sort()).toEqual(['be', 'not', 'or', 'to']);
    expect(count).toBe(6);
    for (const type of ['numeric', 'categorical', 'text', 'multi-hot'] as const)
      expect(new Set(valuesOf(type, null))).toEqual(new Set([null]));
  });

  it('stand for a long text by the same few words, whatever their order', () => {
    const words = Array.from({ length: 50 }, (_, i) => `word${i}`);
    const [forward] = valuesOf('text', words.join(' '));
    const [backward] = valuesOf('text', words.toReversed().join(' '));
    expect(forward).toHaveLength(8);
    expect(backward).toEqual(forward);
  });

  it('of an embedding are its length and directions that the seed decides', () => {
    const of = (seed: number): unknown[] =>
      measuresOf({ type: 'embedding', size: 4 }, seed).map((measure) => measure.of([3, 0, 0, 4]));
    expect(of(1)).toEqual(of(1));
    expect(of(1)).not.toEqual(of(2));
    expect(of(1)[0]).toBe(5);
    for (const projection of of(1).slice(1)) expect([0.5, 3.5]).toContain(Math.abs(projection as number));
  });
});
