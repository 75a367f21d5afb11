import * as v from 'valibot';
import type { Json } from '../../core/part-state.ts';
import type { StoredExperience } from '../../memory/records.ts';
import { finite, parseState, wholeNumber } from '../../monitor/outcome/parse-state.ts';
import type { ItemOutcome, RankedDecision } from '../../monitor/outcome/ranking-outcome.ts';
import type { Judgement } from '../../versions/judgement.ts';

const item = v.strictObject({
  place: v.pipe(v.number(), v.safeInteger(), v.minValue(-1)),
  reward: finite,
  chosen: v.boolean(),
  completed: v.nullable(v.boolean()),
  satisfaction: v.nullable(finite),
  predicted: v.nullable(finite),
});
/** Items of one decision that are told; more are left out. */
const MOST = 64;
const open = v.strictObject({
  decisionId: v.string(),
  items: v.pipe(v.array(item), v.maxLength(MOST)),
  scope: v.strictObject({ modelVersion: wholeNumber, segments: v.array(v.string()) }),
});
type Open = v.InferOutput<typeof open>;

export interface CompleteDecision {
  readonly decision: RankedDecision;
  readonly scope: Open['scope'];
}

/** Puts experiences of one decision together: they follow each other in the log. What comes later of a decision counts as another one. */
export class RankedDecisions {
  #open: Open | null = null;

  /** @returns the decision before it, where this is another one */
  add(decisionId: string, outcome: ItemOutcome, scope: Open['scope']): CompleteDecision | null {
    if (this.#open?.decisionId === decisionId) {
      if (this.#open.items.length < MOST) this.#open.items.push(outcome);
      return null;
    }
    const complete = this.close();
    this.#open = { decisionId, items: [outcome], scope };
    return complete;
  }

  /** @returns the decision that was open */
  close(): CompleteDecision | null {
    const last = this.#open;
    this.#open = null;
    return last && { decision: { items: last.items }, scope: last.scope };
  }

  state(): Json {
    return this.#open && { ...this.#open, items: this.#open.items.map((one) => ({ ...one })) };
  }

  /** @throws INVALID_DATA */
  restore(state: unknown): void {
    this.#open = parseState(v.nullable(open), state, 'an open decision');
  }
}

/** null where the numbers are none that a reward can be. */
export function itemOutcome({ payload }: StoredExperience, judgement: Judgement): ItemOutcome | null {
  if (payload.kind !== 'ranking' || judgement.kind !== 'ranking') return null;
  const { slot, satisfaction = null, signals } = payload;
  const [reward, predicted] = [clip(judgement.actual), clip(judgement.predicted)];
  if (Number.isNaN(reward)) return null;
  return {
    place: Number.isSafeInteger(slot) ? Math.max(-1, slot) : -1,
    reward,
    chosen: payload.reward > 0 || CHOICES.some((type) => (signals?.[type] ?? 0) > 0),
    completed: completionOf(signals),
    satisfaction: satisfaction === null ? null : clip(satisfaction),
    predicted: Number.isNaN(predicted) ? null : predicted,
  };
}

/** null where nobody would have said so. */
function completionOf(signals: Readonly<Record<string, number>> | undefined): boolean | null {
  const completion = signals?.['completion'];
  return completion === undefined ? null : completion > 0;
}

/** Signals by which a visitor turns to something. */
const CHOICES = ['click', 'choice'] as const;

const clip = (value: number): number => Math.min(1, Math.max(0, value));
