import type { Rng } from '../../src/core/rng.ts';
import { numberedColumns, type StreamGenerator } from './stream.ts';

const features = 10;
const centroidCount = 50;
const classes = 5;
const speed = 0.0001;

interface Centroid {
  readonly centre: number[];
  readonly direction: number[];
  readonly label: string;
  readonly radius: number;
  readonly weight: number;
}

/**
 * Random radial basis functions with moving centroids, after MOA's RandomRBFGeneratorDrift (Bifet et al. 2010, JMLR 11:1601): each row is
 * drawn around one of 50 centroids of 5 classes, in a random direction at a normal distance; centroids move by 0.0001 a row and bounce.
 */
export const randomRbf: StreamGenerator = {
  columns: [...numberedColumns('x', features), 'label'],
  *rows(count, rng) {
    const centroids = Array.from({ length: centroidCount }, () => createCentroid(rng));
    const total = centroids.reduce((sum, { weight }) => sum + weight, 0);
    for (let row = 0; row < count; row++) {
      const { centre, radius, label } = pick(centroids, rng.nextFloat() * total);
      const offset = unitVector(rng, -1);
      const distance = rng.nextGaussian() * radius;
      yield [...centre.map((value, index) => value + (offset[index] ?? 0) * distance), label];
      centroids.forEach(move);
    }
  },
};

function createCentroid(rng: Rng): Centroid {
  return {
    centre: Array.from({ length: features }, () => rng.nextFloat()),
    direction: unitVector(rng, 0),
    label: `class ${String(rng.nextInt(classes) + 1)}`,
    radius: rng.nextFloat(),
    weight: rng.nextFloat(),
  };
}

/** Length 1, components drawn in [least, 1) before scaling. */
function unitVector(rng: Rng, least: number): number[] {
  const drawn = Array.from({ length: features }, () => least + rng.nextFloat() * (1 - least));
  const length = Math.hypot(...drawn);
  return drawn.map((value) => value / length);
}

function pick(centroids: readonly Centroid[], point: number): Centroid {
  let left = point;
  const found = centroids.find(({ weight }) => (left -= weight) < 0) ?? centroids.at(-1);
  if (!found) throw new RangeError('there are no centroids');
  return found;
}

function move({ centre, direction }: Centroid): void {
  for (let index = 0; index < features; index++) {
    const next = (centre[index] ?? 0) + (direction[index] ?? 0) * speed;
    if (next < 0 || next > 1) direction[index] = -(direction[index] ?? 0);
    centre[index] = Math.min(1, Math.max(0, next));
  }
}
