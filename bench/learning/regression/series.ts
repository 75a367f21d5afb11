import type { Rng } from '../../../src/core/rng.ts';

const SEASON = 24;

/**
 * A seeded series with a season of 24 steps whose shape wanders, a level that jumps now and then, a trend that turns, and errors with memory 0.8 that are
 * larger by day than by night.
 */
export function seasonalSeries(count: number, rng: Rng): number[] {
  const shape = Array.from(
    { length: SEASON },
    (_, slot) => 10 * Math.sin((2 * Math.PI * slot) / SEASON) + 3 * rng.nextGaussian(),
  );
  let [level, trend, error] = [100, 0.01, 0];
  return Array.from({ length: count }, (_, time) => {
    const slot = time % SEASON;
    if (rng.nextFloat() < 0.002) level += 15 * rng.nextGaussian();
    if (rng.nextFloat() < 0.01) trend = 0.05 * rng.nextGaussian();
    level += trend + 0.2 * rng.nextGaussian();
    shape[slot]! += 0.3 * rng.nextGaussian();
    error = 0.8 * error + (slot < SEASON / 2 ? 1.5 : 0.5) * rng.nextGaussian();
    return level + shape[slot]! + error;
  });
}
