import { expect, test } from 'vitest';
import { Rng } from '../../src/core/rng.ts';
import { EDetector } from '../../src/monitor/sequential/e-detector.ts';
import { hostOrderDifference, leastHostOrderDifference } from '../../src/monitor/sequential/host-order-difference.ts';

const draw = { share: 0.05, centre: 0.1 };

test('its mean is the share times what the host brings more, for any centre', () => {
  const [hostMean, modelMean] = [0.3, 0.2];
  for (const centre of [0, 0.1, 0.9]) {
    const of = (kept: boolean, reward: number) => hostOrderDifference(kept, reward, { share: 0.05, centre });
    const mean =
      0.05 * (hostMean * of(true, 1) + (1 - hostMean) * of(true, 0)) +
      0.95 * (modelMean * of(false, 1) + (1 - modelMean) * of(false, 0));
    expect(mean).toBeCloseTo(0.05 * 0.1, 12);
  }
});

test('never falls below its least value', () => {
  for (const centre of [0, 0.1, 0.9]) {
    const values = [true, false].flatMap((kept) =>
      [0, 1].map((reward) => hostOrderDifference(kept, reward, { share: 0.2, centre })),
    );
    expect(Math.min(...values)).toBeCloseTo(leastHostOrderDifference({ share: 0.2, centre }), 12);
    expect(Math.max(...values)).toBeLessThanOrEqual(1);
  }
});

test('shows a model that has become worse than the host', () => {
  const rng = Rng.fromSeed(6);
  const detector = new EDetector({ least: leastHostOrderDifference(draw) });
  const live = (modelMean: number, decisions: number): void => {
    for (let t = 0; t < decisions; t++) {
      const kept = rng.nextFloat() < draw.share;
      detector.update(hostOrderDifference(kept, rng.nextFloat() < (kept ? 0.1 : modelMean) ? 1 : 0, draw));
    }
  };
  live(0.14, 10_000);
  expect(detector.driftDetected).toBe(false);
  live(0.01, 10_000);
  expect(detector.driftDetected).toBe(true);
  expect(detector.count).toBeLessThan(17_000);
});
