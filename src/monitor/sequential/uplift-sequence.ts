import { TendrilError } from '../../errors.ts';
import { checkUpliftOptions, estimateUplift, type UpliftEstimate, type UpliftOptions } from './estimate-uplift.ts';
import {
  addUpliftSums,
  emptyUpliftSums,
  readUpliftSums,
  upliftSumsOf,
  type UpliftDecision,
  type UpliftSums,
} from './uplift-sums.ts';

export type { UpliftDecision };

/**
 * What the model's orders bring more than the host's, from decisions of which a random share keeps the host's order: a confidence sequence, valid however
 * often it is looked at (see {@link estimateUplift}).
 */
export class UpliftSequence {
  readonly #options: UpliftOptions;
  #sums: UpliftSums = emptyUpliftSums;

  /** @throws INVALID_CONFIG */
  constructor(options: UpliftOptions = {}) {
    checkUpliftOptions(options);
    this.#options = options;
  }

  /** @throws INVALID_DATA for a reward outside [0, 1] */
  update({ keptHostOrder, reward }: UpliftDecision): void {
    if (!(reward >= 0 && reward <= 1)) {
      throw new TendrilError('INVALID_DATA', { reason: `the reward ${reward} is not in [0, 1]` });
    }
    this.add(upliftSumsOf({ keptHostOrder, reward }));
  }

  /** Takes in what another device has seen. */
  add(sums: UpliftSums): void {
    this.#sums = addUpliftSums(this.#sums, sums);
  }

  estimate(): UpliftEstimate {
    return estimateUplift(this.#sums, this.#options);
  }

  reset(): void {
    this.#sums = emptyUpliftSums;
  }

  /** Also what a device reports. */
  state(): UpliftSums {
    return this.#sums;
  }

  /** @throws CHECKPOINT_CORRUPT */
  restore(state: unknown): void {
    this.#sums = readUpliftSums(state);
  }
}
