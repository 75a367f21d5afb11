import { describe, expect, it } from 'vitest';
import { Rng } from '../../src/core/rng.ts';
import { ChangeDetector } from '../../src/learners/reward/change-detector.ts';
import { expectCode } from '../support/expect-code.ts';

const bernoulli = (chance: number, rng: Rng): number => (rng.nextFloat() < chance ? 1 : 0);

describe('ChangeDetector', () => {
  it.each([0.02, 0.1, 0.5, 0.9, 0.98])('is silent while rewards come as expected at %s', (chance) => {
    const [detector, rng] = [new ChangeDetector(), Rng.fromSeed(5)];
    let alarms = 0;
    for (let round = 0; round < 50_000; round++) alarms += detector.update(chance, bernoulli(chance, rng)) ? 1 : 0;
    expect(alarms).toBe(0);
  });

  it('is silent where every expectation is another one', () => {
    const [detector, rng] = [new ChangeDetector(), Rng.fromSeed(6)];
    let alarms = 0;
    for (let round = 0; round < 50_000; round++) {
      const chance = rng.nextFloat();
      alarms += detector.update(chance, bernoulli(chance, rng)) ? 1 : 0;
    }
    expect(alarms).toBe(0);
  });

  it('finds soon that what was sure fails', () => {
    const detector = new ChangeDetector();
    let rounds = 1;
    while (!detector.update(0.95, 0)) rounds += 1;
    expect(rounds).toBeLessThan(12);
  });

  it('finds that half of the expectations no longer hold', () => {
    const [detector, rng] = [new ChangeDetector(), Rng.fromSeed(7)];
    for (let round = 0; round < 2000; round++) detector.update(0.95, bernoulli(0.95, rng));
    let rounds = 1;
    while (!detector.update(0.95, bernoulli(rng.nextInt(2) === 0 ? 0.95 : 0.02, rng))) rounds += 1;
    expect(rounds).toBeLessThan(60);
  });

  it('continues exactly from a state, and refuses a damaged one', async () => {
    const [detector, rng] = [new ChangeDetector(), Rng.fromSeed(8)];
    for (let round = 0; round < 10; round++) detector.update(0.7, bernoulli(0.4, rng));
    const restored = new ChangeDetector();
    restored.restore(detector.state());
    for (let round = 0; round < 20; round++) {
      const reward = bernoulli(0.4, rng);
      expect(restored.update(0.7, reward)).toBe(detector.update(0.7, reward));
    }
    expect(restored.state()).toEqual(detector.state());
    const { tensors, values } = detector.state();
    await expectCode(() => restored.restore({ tensors, values: { ...values, shift: NaN } }), 'CHECKPOINT_CORRUPT');
  });
});
