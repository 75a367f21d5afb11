import { expect } from 'vitest';
import type { WireResult } from '../../src/protocol/messages.ts';

/** More than anything takes to be set right again. */
const MOST_ATTEMPTS = 2_000;

/**
 * Asks again as long as something could not be computed, as a page does that was told to let its own order stand. Any other error fails the test.
 * @param pauseMs between two attempts; 0 lets what is under way go on for a moment
 */
export async function patiently<T>(ask: () => Promise<WireResult<T>>, pauseMs = 0): Promise<T> {
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
    const result = await ask();
    if (result.ok) return result.value;
    expect(result.error.code, result.error.message).toBe('COMPUTE_FAILED');
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
  throw new Error('it never recovered');
}
