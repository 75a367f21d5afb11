import { partOf, type StreamGenerator } from './stream.ts';

const thresholds = [8, 9, 7, 9.5] as const;
const noise = 0.1;

/**
 * SEA concepts (Street and Kim 2001, doi 10.1145/502512.502568): three attributes in [0, 10), of which two count; the label says whether their
 * sum is at most a threshold. Four abrupt concepts of equal length, 10 % of the labels flipped, as in the paper.
 */
export const sea: StreamGenerator = {
  columns: ['x1', 'x2', 'x3', 'label'],
  *rows(count, rng) {
    for (let row = 0; row < count; row++) {
      const [x1, x2, x3] = [rng.nextFloat() * 10, rng.nextFloat() * 10, rng.nextFloat() * 10];
      const below = x1 + x2 <= (thresholds[partOf(row, count, thresholds.length)] ?? 0);
      const flipped = rng.nextFloat() < noise;
      yield [x1, x2, x3, below === flipped ? 'above' : 'below'];
    }
  },
};
