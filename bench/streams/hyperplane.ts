import type { Rng } from '../../src/core/rng.ts';
import { numberedColumns, type StreamGenerator } from './stream.ts';

const features = 10;
const driftFeatures = 2;
const change = 0.001;
const turnChance = 0.1;
const noise = 0.05;

/**
 * A hyperplane that turns slowly (Hulten, Spencer and Domingos 2001, doi 10.1145/502512.502529), with the settings of MOA's
 * HyperplaneGenerator: two of ten weights move by 0.001 a row and turn round with chance 0.1, 5 % of the labels are flipped.
 */
export const hyperplane: StreamGenerator = {
  columns: [...numberedColumns('x', features), 'label'],
  *rows(count, rng) {
    const weights = uniform(features, rng);
    const directions = weights.map((_, index) => (index < driftFeatures ? 1 : 0));
    for (let row = 0; row < count; row++) {
      const values = uniform(features, rng);
      const score = values.reduce((sum, value, index) => sum + value * (weights[index] ?? 0), 0);
      const half = weights.reduce((sum, weight) => sum + weight, 0) / 2;
      const flipped = rng.nextFloat() < noise;
      yield [...values, score >= half === flipped ? 'under' : 'over'];
      turn(weights, directions, rng);
    }
  },
};

function turn(weights: number[], directions: number[], rng: Rng): void {
  for (let index = 0; index < driftFeatures; index++) {
    const direction = directions[index] ?? 0;
    weights[index] = (weights[index] ?? 0) + direction * change;
    if (rng.nextFloat() < turnChance) directions[index] = -direction;
  }
}

function uniform(count: number, rng: Rng): number[] {
  return Array.from({ length: count }, () => rng.nextFloat());
}
