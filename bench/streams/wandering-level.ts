import type { Rng } from '../../src/core/rng.ts';
import { partOf, type StreamGenerator } from './stream.ts';

const cycle = 60;
const levelStep = 0.05;
const memory = 0.9;
const noise = 0.05;

/**
 * Two sensors whose level wanders (random walk) under a daily cycle and slow (autoregressive) disturbances. The label says whether the first one
 * is above its own level, so labels follow each other and no fixed threshold stays right; half-way the second sensor takes over. A third
 * column is the time of day, a fourth means nothing; 5 % of the labels are flipped.
 */
export const wanderingLevel: StreamGenerator = {
  columns: ['x1', 'x2', 'phase', 'x4', 'label'],
  *rows(count, rng) {
    const sensors = [new Sensor(0), new Sensor(cycle / 3)];
    for (let row = 0; row < count; row++) {
      const values = sensors.map((sensor) => sensor.next(row, rng));
      const leading = sensors[partOf(row, count, 2)];
      const above = (leading?.deviation ?? 0) > 0;
      const flipped = rng.nextFloat() < noise;
      yield [...values, (row % cycle) / cycle, rng.nextGaussian(), above === flipped ? 'below' : 'above'];
    }
  },
};

class Sensor {
  readonly #phase: number;
  #level = 0;
  #disturbance = 0;
  /** Distance of the last value from the level. */
  deviation = 0;

  constructor(phase: number) {
    this.#phase = phase;
  }

  next(row: number, rng: Rng): number {
    this.#level += levelStep * rng.nextGaussian();
    this.#disturbance = memory * this.#disturbance + Math.sqrt(1 - memory ** 2) * rng.nextGaussian();
    this.deviation = Math.sin((2 * Math.PI * (row + this.#phase)) / cycle) + this.#disturbance;
    return this.#level + this.deviation;
  }
}
