import type { PartState } from '../../core/part-state.ts';
import { TendrilError } from '../../errors.ts';

/** What a value may be, bounds included. */
export interface ValueRange {
  readonly least: number;
  readonly most: number;
}

/** Errors, losses and rewards that were scaled to [0, 1]. */
export const UNIT_RANGE: ValueRange = { least: 0, most: 1 };

/** Sums of squares of what lies beyond would lose every digit. */
const LARGEST_BOUND = 1e9;

/** Watches a stream of numbers, one at a time, for a change of their distribution (names as in River). */
export interface DriftDetector {
  readonly range: ValueRange;

  /**
   * Takes in the next value. After a drift the detector starts anew with it.
   * @throws INVALID_DATA for a value out of range or not a number, and then nothing has changed
   */
  update(value: number): void;

  /** Whether the last update found a drift. */
  readonly driftDetected: boolean;

  /** Whether the last update found signs of one; always false for detectors without a warning zone. */
  readonly warningDetected: boolean;

  /** Forgets every value: from here on the same as a new detector. */
  reset(): void;

  /** Everything that values changed. Its size is bounded, whatever the length of the stream. */
  state(): PartState;

  /**
   * Continues where the detector that gave `state` was, to the same bits. Both need the same options.
   * @throws CHECKPOINT_CORRUPT for a state that is none of this detector; then nothing has changed
   */
  restore(state: PartState): void;
}

/** @throws INVALID_DATA */
export function requireInRange(value: number, { least, most }: ValueRange): void {
  if (value >= least && value <= most) return;
  throw new TendrilError('INVALID_DATA', { reason: `${value} is not a number from ${least} to ${most}` });
}

/** @throws INVALID_CONFIG */
export function requireRange({ least, most }: ValueRange): void {
  requireOption('range.least', least, -LARGEST_BOUND, LARGEST_BOUND);
  requireOption('range.most', most, -LARGEST_BOUND, LARGEST_BOUND);
  if (least >= most) throw new TendrilError('INVALID_CONFIG', { reason: 'range.least is not below range.most' });
}

/** @throws INVALID_CONFIG */
export function requireOption(name: string, value: number, least: number, most: number): void {
  if (value >= least && value <= most) return;
  throw new TendrilError('INVALID_CONFIG', { reason: `${name} is ${value}, not from ${least} to ${most}` });
}

/** @throws INVALID_CONFIG */
export function requireCount(name: string, value: number, least: number, most: number): void {
  requireOption(name, value, least, most);
  if (!Number.isInteger(value)) throw new TendrilError('INVALID_CONFIG', { reason: `${name} is not a whole number` });
}
