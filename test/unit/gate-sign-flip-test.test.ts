import { expect, test } from 'vitest';
import { Rng } from '../../src/core/rng.ts';
import { signFlipTest } from '../../src/versions/gate/sign-flip-test.ts';

// scipy.stats.permutation_test((x,), np.sum, permutation_type='samples', alternative='less', n_resamples=np.inf).pvalue
test.each([
  [[-0.3, -0.2, 0.1, -0.4, -0.05, 0.02, -0.6, -0.1], 0.03125],
  [[0.3, -0.2, 0.1, 0.4, -0.05], 0.84375],
  [[-1, -1, -1, -1, 0, 0, 0, 1], 0.1875],
])('all patterns of signs of %j', (values, expected) => {
  expect(signFlipTest(values)).toBeCloseTo(expected, 12);
});

test('drawn patterns come near all of them, and are the same each time', () => {
  const values = [-0.3, -0.2, 0.1, -0.4, -0.05, 0.02, -0.6, -0.1, 0.3, 0.25, -0.2, 0.1, 0.05, -0.15];
  expect(signFlipTest(values)).toBeGreaterThan(0.1207275390625 - 0.02);
  expect(signFlipTest(values)).toBeLessThan(0.1207275390625 + 0.02);
  expect(signFlipTest(values)).toBe(signFlipTest(values));
});

test('rejects a true mean of 0 as seldom as it says', () => {
  const rng = Rng.fromSeed(8);
  let rejected = 0;
  for (let run = 0; run < 400; run++) {
    if (signFlipTest(Array.from({ length: 15 }, () => rng.nextGaussian())) <= 0.1) rejected++;
  }
  // 40 expected, standard deviation 6.
  expect(rejected).toBeLessThan(60);
  expect(rejected).toBeGreaterThan(20);
});

test('nothing proves nothing; every value below 0 proves it as far as numbers allow', () => {
  expect(signFlipTest([])).toBe(1);
  expect(signFlipTest([-1, -2, -3])).toBe(1 / 8);
  expect(signFlipTest(Array<number>(100).fill(-0.05))).toBe(1 / 2000);
});
