import { expect, test } from 'vitest';

import { permutationTest, signTest } from './helpers/exact-tests.ts';

test('the sign test counts coin tosses', () => {
  const rise = [0.1, 0.4] as const;
  const fall = [0.4, 0.1] as const;
  expect(signTest([rise, rise, rise, rise, rise])).toBe(1 / 32);
  expect(signTest([rise, rise, rise, rise, fall])).toBe(6 / 32);
  expect(signTest([rise, [0.2, 0.2]])).toBe(1 / 2);
  expect(signTest([])).toBe(1);
});

test('the permutation test counts the splits', () => {
  expect(permutationTest([5, 6, 7], [1, 2, 3])).toBe(1 / 20);
  expect(permutationTest([1, 2, 3], [5, 6, 7])).toBe(1);
  expect(permutationTest([3, 1], [2, 0])).toBe(2 / 6);
});
