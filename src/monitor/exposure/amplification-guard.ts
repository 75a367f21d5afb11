import { requireConfig } from '../outcome/parse-state.ts';
import { GuardedShares, type ExposureShares, type GuardCandidate, type ShareCaps } from './guarded-shares.ts';

export interface GuardOptions extends ShareCaps {
  /** First places that the shares are of. */
  readonly slots: number;
}

/** Which candidates may take the next place of one decision. */
export interface Admission {
  /**
   * Those of `left` that may take the next place, in the order of `left`: those whose item and topics have room, or, where none has, those that are over
   * the least. Never empty unless `left` is. A function of what was given and placed, without chance.
   */
  open(left: readonly number[]): readonly number[];
  /** The next place went to this candidate. */
  place(candidate: number): void;
  /** Places that had to go to a candidate which has had its share, because every other one had too. */
  readonly relaxed: number;
}

export interface GuardedOrder {
  /** Indices of the candidates, best place first; every candidate once. */
  readonly order: readonly number[];
  /** Expected reward that the first places lose by the change: the sum of scores before, less the sum after. */
  readonly cost: number;
  /** The sum of scores before. */
  readonly reward: number;
  /** Candidates that would have had one of the first places and have not. */
  readonly held: readonly number[];
  /** Places that had to go to a candidate which has had its share, because every other one had too. */
  readonly relaxed: number;
}

const everyone: Admission = { open: (left) => left, place: () => undefined, relaxed: 0 };

/**
 * Keeps a feedback loop from showing the same again and again: of all that stands in the first places, no item and no topic gets more than a share, as far as
 * there is something else to show. Nothing is dropped, only moved down. It costs O(candidates · slots).
 *
 * Propensities stay exact if it comes before the policy, place by place: it is a function of what was shown before and of what is placed already, without
 * chance, and says which candidates the policy may choose from. The chance of each is then its chance among those, given the places before, which is what a
 * slate's propensities are; a candidate that is not open has the chance 0. To move candidates after the policy has drawn would make them wrong. A policy that
 * is evaluated on such a log has to be guarded in the same way: what the guard held back is not in the log.
 */
export class AmplificationGuard {
  readonly #options: GuardOptions;

  /** @throws INVALID_CONFIG */
  constructor(options: GuardOptions) {
    for (const cap of [options.item, options.topic]) {
      requireConfig(cap === null || (cap > 0 && cap <= 1), `a share of ${cap ?? ''}`);
    }
    requireConfig(Number.isInteger(options.slots) && options.slots >= 1, `${options.slots} places`);
    this.#options = options;
  }

  /** Where every candidate gets one of the first places anyway, everyone may have each. */
  begin(candidates: readonly GuardCandidate[], exposure: ExposureShares): Admission {
    const { slots } = this.#options;
    if (candidates.length <= slots) return everyone;
    return new GuardedAdmission(new GuardedShares(candidates, exposure, this.#options), slots);
  }

  /** The order that results where each place goes to the first that may have it. @param candidates in the order to change, best first */
  apply(candidates: readonly GuardCandidate[], exposure: ExposureShares): GuardedOrder {
    const places = Math.min(this.#options.slots, candidates.length);
    const admission = this.begin(candidates, exposure);
    const left = candidates.map((_, index) => index);
    const order: number[] = [];
    while (order.length < places) {
      const next = admission.open(left)[0]!;
      admission.place(next);
      order.push(next);
      left.splice(left.indexOf(next), 1);
    }
    return { order: [...order, ...left], ...costOf(candidates, order), relaxed: admission.relaxed };
  }
}

class GuardedAdmission implements Admission {
  readonly #shares: GuardedShares;
  readonly #slots: number;
  #placed = 0;
  #relaxed = 0;

  constructor(shares: GuardedShares, slots: number) {
    this.#shares = shares;
    this.#slots = slots;
  }

  get relaxed(): number {
    return this.#relaxed;
  }

  open(left: readonly number[]): readonly number[] {
    if (this.#placed >= this.#slots) return left;
    const uses = left.map((candidate) => this.#shares.use(candidate));
    const least = uses.reduce((lowest, use) => Math.min(lowest, use), Infinity);
    return left.filter((_, index) => uses[index]! <= Math.max(1, least));
  }

  place(candidate: number): void {
    if (this.#placed < this.#slots && this.#shares.use(candidate) > 1) this.#relaxed++;
    this.#placed++;
    this.#shares.charge(candidate);
  }
}

function costOf(candidates: readonly GuardCandidate[], order: readonly number[]) {
  const sum = (indices: readonly number[]): number =>
    indices.reduce((total, index) => total + candidates[index]!.score, 0);
  const before = order.map((_, place) => place);
  const reward = sum(before);
  return { reward, cost: reward - sum(order), held: before.filter((index) => !order.includes(index)) };
}
