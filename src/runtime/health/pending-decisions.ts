import * as v from 'valibot';
import type { Json } from '../../core/part-state.ts';
import { finite, parseState } from '../../monitor/outcome/parse-state.ts';

/** Decisions that wait to be heard of; of more the oldest are given up. */
const MOST = 256;

const pending = v.strictObject({
  atMs: finite,
  /** Confidence in [0, 1] and the class that it was in; null where there was none. */
  said: v.nullable(v.strictObject({ label: v.string(), confidence: finite })),
});
export type PendingDecision = v.InferOutput<typeof pending>;

const stateSchema = v.pipe(v.array(v.strictTuple([v.string(), pending])), v.maxLength(MOST));

/** Decisions that nothing was heard of yet, from the oldest on. */
export class PendingDecisions {
  #pending = new Map<string, PendingDecision>();

  /** @returns how many were given up for it */
  add(decisionId: string, decision: PendingDecision): number {
    this.#pending.set(decisionId, decision);
    const oldest = this.#pending.keys().next();
    if (this.#pending.size <= MOST || oldest.done) return 0;
    this.#pending.delete(oldest.value);
    return 1;
  }

  /** Something was heard of it. @returns null where it does not wait */
  heard(decisionId: string): PendingDecision | null {
    const decision = this.#pending.get(decisionId) ?? null;
    this.#pending.delete(decisionId);
    return decision;
  }

  /** Gives up those that were made before. @returns how many */
  dropOlder(beforeMs: number): number {
    const before = this.#pending.size;
    for (const [decisionId, { atMs }] of this.#pending) if (atMs < beforeMs) this.#pending.delete(decisionId);
    return before - this.#pending.size;
  }

  state(): Json {
    return [...this.#pending].map(([id, { said, ...rest }]) => [id, { ...rest, said: said && { ...said } }]);
  }

  /** @throws INVALID_DATA */
  restore(state: unknown): void {
    this.#pending = new Map(parseState(stateSchema, state, 'pending decisions'));
  }
}
