/** What is done about weights that are no numbers. `learn again`: from the last good state; `pass over`: that, without what was learned last; `give up`: not here. */
export type Remedy = 'learn again' | 'pass over' | 'give up';

/** The first may be seen long after it came about, the second finds the experience, the third convicts it. */
const MOST_IN_VAIN = 3;

/**
 * Whether the device was wrong or what was learned: a device seldom errs twice in the same place, and an experience that makes learning diverge does so
 * whenever it is learned from the same sound weights. Weights are looked at when a checkpoint is taken, so that any of the experiences before it may be the cause:
 * once there is a suspicion, a checkpoint is to be taken after each, up to where it arose. Only one that diverges twice in a row is passed over; which one that is depends on the
 * log alone, because weights that are no numbers stay so, and not on where checkpoints were taken or a worker was killed.
 */
export class Divergence {
  /** Log position that was learned last when it was seen. */
  #seenAt: number | null = null;
  /** Up to here anything may be the cause. */
  #suspectedTo = 0;
  #inVain = 0;

  /** Whether a checkpoint is to be taken after each experience, and what was loaded is to be looked at first. */
  get isSuspected(): boolean {
    return this.#seenAt !== null;
  }

  /** @param position that was learned last, or half learned */
  seenAt(position: number): Remedy {
    const isAgain = position === this.#seenAt;
    this.#seenAt = position;
    this.#suspectedTo = Math.max(this.#suspectedTo, position);
    if (++this.#inVain > MOST_IN_VAIN) return 'give up';
    return isAgain ? 'pass over' : 'learn again';
  }

  /** A sound checkpoint that has learned up to `position` is stored. */
  stored(position: number): void {
    this.#inVain = 0;
    if (position < this.#suspectedTo) return;
    this.#seenAt = null;
    this.#suspectedTo = 0;
  }
}
