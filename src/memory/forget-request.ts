import { TendrilError } from '../errors.ts';

/** What is to be forgotten of one model: what meets all that is named. */
export interface ForgetRequest {
  readonly modelKey: string;
  readonly item?: string;
  /** Observed or decided at this time or later. */
  readonly fromMs?: number;
  /** Observed or decided before this time. */
  readonly toMs?: number;
  readonly signalType?: string;
}

export interface ForgetReport {
  readonly experiences: number;
  readonly signals: number;
  /** Decisions that no longer wait. */
  readonly pending: number;
  readonly decisions: number;
  /** Decisions that stay, with the item struck out. */
  readonly redacted: number;
  readonly catalogue: number;
  readonly knowledge: number;
  readonly checkpoints: number;
  readonly versions: number;
  readonly reviews: number;
  /** Log positions that are empty now. */
  readonly removed: {
    readonly first: number | null;
    readonly count: number;
    /** The first {@link LISTED} of them. */
    readonly positions: readonly number[];
  };
  /** What the newest checkpoint that is left has learned up to; null where none is left. */
  readonly learnedTo: number | null;
  /** The model's epoch from now on. */
  readonly epoch: number;
}

export const LISTED = 1000;

/** @throws INVALID_DATA for a request that names nothing, or times that are none */
export function checkForgetRequest({ item, fromMs, toMs, signalType }: ForgetRequest): void {
  const times = [fromMs, toMs].filter((time) => time !== undefined);
  if (times.length === 0 && item === undefined && signalType === undefined)
    throw new TendrilError('INVALID_DATA', { reason: 'nothing is named that is to be forgotten' });
  if (times.some((time) => Number.isNaN(time)))
    throw new TendrilError('INVALID_DATA', { reason: 'the time of what is to be forgotten is not a number' });
}
