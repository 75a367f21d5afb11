import { expect, it } from 'vitest';
import { Rng } from '../../src/core/rng.ts';
import { LeafStatistics } from '../../src/learners/members/leaf-statistics.ts';

const BINS = 4;
const PRIOR = 0.5;

it.each([
  ['whole', [1, 3, 7]],
  ['broken', [0.5, 1.25, 0.1]],
  ['large', [900, 1023, 1024]],
])('scores %s weights by their logarithms', (_, weights) => {
  const leaves = new LeafStatistics({ inputSize: 1, leaves: 1, inputs: 1, bins: BINS }, 2);
  leaves.reset(0, Float32Array.of(-2, 2), Float64Array.of(0.5, 0.5), Rng.fromSeed(1));
  const values = [-9, -0.5, 0.5, 1.5, 9];
  // [bins, classes]; what lies outside is in the outer bins.
  const counts = Array.from({ length: BINS }, () => [0, 0]);
  values.forEach((value, index) => {
    const weight = Math.fround(weights[index % weights.length]!);
    if (leaves.total[0]! + weight > 3000) return;
    leaves.learnOne(0, Float32Array.of(value), index % 2, weight);
    const bin = counts[Math.max(0, Math.min(BINS - 1, Math.floor(value + 2)))]!;
    bin[index % 2] = Math.fround(bin[index % 2]! + weight);
  });
  const out = new Float64Array(2);
  values.forEach((value) => {
    leaves.bayesScores(0, Float32Array.of(value), out);
    const bin = counts[Math.max(0, Math.min(BINS - 1, Math.floor(value + 2)))]!;
    out.forEach((score, label) => {
      const count = leaves.counts[label]!;
      const before = Math.log(count + 4 * 0.5 + 1e-3) - Math.log(count + PRIOR * BINS);
      expect(score).toBe(before + Math.log(bin[label]! + PRIOR));
    });
  });
});
