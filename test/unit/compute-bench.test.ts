import { describe, expect, it } from 'vitest';
import { openBackend } from '../../src/compute/open-backend.ts';
import { parameterCount } from '../../src/compute/parameter-layout.ts';
import { assertSameLearning, assertSameScores } from '../../bench/compute/agreement.ts';
import { inputRows } from '../../bench/compute/contenders/timing.ts';
import type { Opened } from '../../bench/compute/hosts/host.ts';
import { interleave } from '../../bench/compute/interleave.ts';
import { specOf, stateOf } from '../../bench/compute/our-network.ts';
import { plainScores } from '../../bench/compute/plain-network.ts';
import { asFigure, compare, milliseconds } from '../../bench/compute/statistics.ts';
import { batchesOf, crossEntropy, layersOf } from '../../bench/compute/workload.ts';

describe('statistics', () => {
  it('compares medians, and says where the middle half of the rounds lies', () => {
    const compared = compare([1, 2, 3, 2, 2], [10, 10, 12, 30, 8]);
    expect(compared).toEqual({ oursMs: 2, theirsMs: 10, timesAsFast: 5, low: 4, high: 10, rounds: 5 });
  });

  it('refuses rounds that do not belong together', () => {
    expect(() => compare([1, 2], [1])).toThrow(RangeError);
    expect(() => compare([], [])).toThrow(RangeError);
  });

  it('writes a figure with its goal, or without one', () => {
    const compared = compare([0.05], [0.5]);
    expect(asFigure('a step', compared, 5, 'a remark')).toEqual({
      what: 'a step',
      value: 10,
      unit: '×',
      goal: { atLeast: 5 },
      note: '50.0 µs against 0.500 ms; middle half of 1 rounds 10.0 to 10.0; a remark',
    });
    expect(asFigure('a step', compared)).not.toHaveProperty('goal');
    expect(milliseconds(12.345)).toBe('12.3 ms');
  });
});

describe('taking turns', () => {
  const pace = { rounds: 3, turnMs: 10, warmUpMs: 20 };

  it('turns the order round from round to round, and fills each turn', async () => {
    const ran: string[] = [];
    const timed = (name: string, perCallMs: number) => ({
      run: async (calls: number) => {
        ran.push(`${name} ${calls}`);
        return calls * perCallMs;
      },
    });
    const times = await interleave([timed('a', 1), timed('b', 4)], pace);
    expect(times).toEqual([
      [1, 1, 1],
      [4, 4, 4],
    ]);
    expect(ran.slice(-6)).toEqual(['a 10', 'b 3', 'b 3', 'a 10', 'a 10', 'b 3']);
  });

  it('does not wait for ever for what takes no time on a coarse clock', async () => {
    let clockMs = 0;
    const run = async (calls: number): Promise<number> => {
      const fromMs = Math.floor(clockMs);
      clockMs += calls * 0.01;
      return Math.floor(clockMs) - fromMs;
    };
    const [times] = await interleave([{ run }], pace);
    expect(times).toHaveLength(3);
  });
});

describe('what is compared', () => {
  const shape = [5, 7, 6, 3];

  it('is the same network in plain loops and on our cpu backend', async () => {
    const spec = specOf(shape, 8);
    const layers = layersOf(shape);
    const backend = await openBackend('cpu');
    const network = backend.createNetwork(spec, stateOf(spec, layers));
    const { inputs } = batchesOf(shape, 8)[0]!;
    const ours = await network.predict(inputs, 8);
    const plain = plainScores(layers, inputs, 8);
    expect(ours).toHaveLength(24);
    ours.forEach((score, place) => expect(score).toBeCloseTo(plain[place]!, 5));
    expect(parameterCount(spec)).toBe(5 * 7 + 7 + 7 * 6 + 6 + 6 * 3 + 3);
    backend.dispose();
  });

  it('has one class a row, given by the inputs, and batches that differ', () => {
    const [first, second] = batchesOf(shape, 8);
    for (let row = 0; row < 8; row++) {
      const target = [...first!.targets.subarray(row * 3, row * 3 + 3)];
      expect(target.toSorted()).toEqual([0, 0, 1]);
    }
    expect(first!.inputs).not.toEqual(second!.inputs);
    expect(batchesOf(shape, 8)[0]!).toEqual(first);
  });

  it('weighs scores by the softmax cross-entropy', () => {
    // −log(e² / (e² + e¹ + e⁰)) and −log(1/3)
    const loss = crossEntropy([2, 1, 0, 5, 5, 5], Float32Array.of(1, 0, 0, 0, 1, 0), 3);
    expect(loss).toBeCloseTo((0.40760596 + 1.09861229) / 2, 7);
  });

  it('gives other rows each call, and starts again at the end', () => {
    const rows = inputRows({ shape, rows: 8 });
    expect(rows(0, 8)).toEqual(batchesOf(shape, 8)[0]!.inputs);
    expect(rows(1, 8)).toEqual(batchesOf(shape, 8)[1]!.inputs);
    expect(rows(8, 8)).toEqual(rows(0, 8));
    expect(rows(3, 2)).toHaveLength(10);
    expect(() => rows(0, 65)).toThrow(RangeError);
  });
});

describe('agreement', () => {
  const shape = [2, 2];
  const { targets } = batchesOf(shape, 4)[0]!;
  /** Scores that fit the targets better by `progress` a step. */
  const learning = (progress: number): Opened => {
    let steps = 0;
    return {
      train: async (count) => {
        steps += count;
        return 0;
      },
      predict: async () => 0,
      scores: async () => Array.from(targets, (target) => target * steps * progress),
      close: async () => undefined,
    };
  };
  const scoring = (score: number): Opened => ({ ...learning(0), scores: async () => [score, 1] });

  it('is found between those that learn the same', async () => {
    expect(await assertSameLearning([learning(0.01), learning(0.01001)], shape, 4)).toBeLessThan(1e-3);
  });

  it('is not found where one learns more, or none learns at all', async () => {
    await expect(assertSameLearning([learning(0.01), learning(0.02)], shape, 4)).rejects.toThrow('losses are');
    await expect(assertSameLearning([learning(0), learning(0)], shape, 4)).rejects.toThrow('moved the loss by 0');
    await expect(assertSameLearning([learning(0.01), learning(NaN)], shape, 4)).rejects.toThrow('NaN');
  });

  it('is not found where scores differ or are missing', async () => {
    expect(await assertSameScores([scoring(0), scoring(0.00005)])).toBeCloseTo(0.00005, 9);
    await expect(assertSameScores([scoring(0), scoring(0.001)])).rejects.toThrow('differ by 0.001');
    await expect(assertSameScores([scoring(0), { ...scoring(0), scores: async () => [0] }])).rejects.toThrow('NaN');
  });
});
