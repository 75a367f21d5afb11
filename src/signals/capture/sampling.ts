import { murmur3 } from '../../core/hashing.ts';

/** Whether a signal is among the share of its type that is captured: always the same answer for the same id. */
export function isSampled(signalId: string, share: number): boolean {
  return share >= 1 || murmur3(signalId) / 2 ** 32 < share;
}
