import type { StreamGenerator } from './stream.ts';

const rings = 3;
const spread = 0.28;

/**
 * Three noisy rings around one centre, two classes in turn (inner and outer ring against the middle one): a boundary in two dimensions that no
 * linear model can draw, without drift. Neighbouring rings overlap.
 */
export const rings2d: StreamGenerator = {
  columns: ['x1', 'x2', 'label'],
  *rows(count, rng) {
    for (let row = 0; row < count; row++) {
      const ring = rng.nextInt(rings);
      const radius = ring + 0.5 + spread * rng.nextGaussian();
      const angle = 2 * Math.PI * rng.nextFloat();
      yield [radius * Math.cos(angle), radius * Math.sin(angle), ring % 2 === 0 ? 'even' : 'odd'];
    }
  },
};
