import { expect } from 'vitest';
import { TendrilError, type ErrorCode, type ErrorDetails } from '../../src/errors.ts';

/** Runs `operation`, which must fail with a TendrilError of this code whose details hold at least `details`. */
export async function expectCode(
  operation: () => unknown,
  code: ErrorCode,
  details: ErrorDetails = {},
): Promise<TendrilError> {
  let caught: unknown = 'nothing was thrown';
  try {
    await operation();
  } catch (thrown) {
    caught = thrown;
  }
  expect(caught).toMatchObject({ name: 'TendrilError', code, details });
  expect(caught).toBeInstanceOf(TendrilError);
  return caught as TendrilError;
}
