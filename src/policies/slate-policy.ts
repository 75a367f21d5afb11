import type { PartState } from '../core/part-state.ts';
import type { Rng } from '../core/rng.ts';
import { readNumber } from '../core/read-state.ts';
import type { RewardEstimates } from '../learners/reward/reward-model.ts';
import { ExplorationBudget, type ExplorationBudgetOptions } from './exploration-budget.ts';
import type { PlaceRule } from './place-rule.ts';
import { greedyOrder, type Admission, type Policy, type Slate } from './policy.ts';

export interface SlatePolicyOptions {
  /** Explored places, from the first. */
  readonly slots: number;
  /** Chance, in each explored place, that it is drawn uniformly: of m candidates left, each has at least floor / m. */
  readonly floor: number;
  /**
   * The floor falls with what the estimates rest on: after n experiences it is floor / √(1 + n / floorExperiences), so that what it costs grows with √n
   * and so does the evidence about every other policy. A model that forgets, or finds a change, raises it again. Infinity keeps it.
   */
  readonly floorExperiences: number;
  /** Bound on what exploration may give up; null for none. `share` is not below `floor`. */
  readonly budget: ExplorationBudgetOptions | null;
}

/**
 * Fills the explored places one after the other by a rule, with a floor under the chance of every candidate and a bound on what it costs.
 * A place goes to candidate i with p(i) = floor / m + (1 − floor) · (λ · rule(i) + (1 − λ) · [is the best left]), where λ ≤ 1 is as large as the
 * budget allows. The candidate is drawn from these very chances, so the propensities are exact.
 */
export class SlatePolicy implements Policy {
  readonly #rule: PlaceRule;
  readonly #options: SlatePolicyOptions;
  readonly #budget: ExplorationBudget | null;
  #decisions = 0;
  #chances = new Float64Array(0);

  constructor(rule: PlaceRule, options: SlatePolicyOptions) {
    this.#rule = rule;
    this.#options = options;
    this.#budget = options.budget && new ExplorationBudget(options.budget);
  }

  choose(estimates: RewardEstimates, rng: Rng, admission?: Admission): Slate {
    const left = greedyOrder(estimates.scores);
    const places = Math.min(this.#options.slots, left.length);
    const rule = this.#rule.begin(estimates, this.#decisions);
    const order: number[] = [];
    const propensities: number[] = [];
    let firstPlace: Float64Array | undefined;
    const floor = this.#floorOf(estimates);
    this.#decisions += 1;
    if (this.#chances.length < left.length) this.#chances = new Float64Array(left.length);
    for (let place = 0; place < places; place++) {
      const open = admission?.open(left) ?? left;
      const chances = this.#chances.subarray(0, open.length);
      rule.write(open, chances);
      this.#bound(estimates.means, open, chances, { floor, share: 1 / places });
      firstPlace ??= byCandidate(open, chances, estimates.scores.length);
      const pick = draw(chances, rng.nextFloat());
      const candidate = open[pick]!;
      propensities.push(chances[pick]!);
      order.push(candidate);
      left.splice(left.indexOf(candidate), 1);
      admission?.place(candidate);
    }
    return { order: [...order, ...left], propensities, ...(firstPlace && { firstPlace }) };
  }

  #floorOf({ experiences = 0 }: RewardEstimates): number {
    const { floor, floorExperiences } = this.#options;
    return floor / Math.sqrt(1 + experiences / floorExperiences);
  }

  /** Puts the floor under the rule's chances and holds them within the budget. */
  #bound(
    means: Float64Array,
    left: readonly number[],
    chances: Float64Array,
    { floor, share }: { readonly floor: number; readonly share: number },
  ): void {
    const best = means[left[0]!]!;
    let [ofRule, ofFloor] = [0, 0];
    for (let i = 1; i < left.length; i++) {
      const given = best - means[left[i]!]!;
      ofRule += chances[i]! * given;
      ofFloor += given / left.length;
    }
    const scale = best > 0 ? 1 / best : 0;
    const lambda = this.#budget?.spend((1 - floor) * ofRule * scale, floor * ofFloor * scale, share) ?? 1;
    for (let i = 0; i < left.length; i++) {
      const greedy = i === 0 ? 1 - lambda : 0;
      chances[i] = floor / left.length + (1 - floor) * (lambda * chances[i]! + greedy);
    }
  }

  /** Decisions taken and the budget's account. */
  state(): PartState {
    return { tensors: {}, values: { decisions: this.#decisions, credit: this.#budget?.credit ?? 0 } };
  }

  /** @throws CHECKPOINT_CORRUPT */
  restore(state: PartState): void {
    const decisions = readNumber(state, 'decisions', 0, Number.MAX_SAFE_INTEGER);
    const credit = readNumber(state, 'credit', 0, this.#options.budget?.credit ?? 0);
    this.#decisions = decisions;
    this.#budget?.restore(credit);
  }
}

function byCandidate(left: readonly number[], chances: Float64Array, candidates: number): Float64Array {
  const out = new Float64Array(candidates);
  left.forEach((candidate, index) => {
    out[candidate] = chances[index]!;
  });
  return out;
}

/** The index at which the running sum of the chances passes `at`; never one whose chance is 0. */
function draw(chances: Float64Array, at: number): number {
  let sum = 0;
  let last = 0;
  for (let i = 0; i < chances.length; i++) {
    if (chances[i] === 0) continue;
    sum += chances[i]!;
    last = i;
    if (at < sum) return i;
  }
  return last;
}
