import * as v from 'valibot';
import { murmur3 } from '../../core/hashing.ts';
import type { Json } from '../../core/part-state.ts';
import { finite, parseState, wholeNumber } from '../../monitor/outcome/parse-state.ts';

/** Decisions that wait to be heard of; of more the oldest are given up. */
const MOST = 500;

/** What was said with a decision. */
export interface Said {
  /** Of the class; its name may be long. */
  readonly labelHash: number;
  /** In [0, 1]. */
  readonly confidence: number;
}

export interface PendingDecision {
  readonly atMs: number;
  /** null where nothing was. */
  readonly said: Said | null;
}

const said = v.nullable(v.strictTuple([wholeNumber, v.pipe(finite, v.minValue(0), v.maxValue(1))]));
const stateSchema = v.pipe(v.array(v.strictTuple([wholeNumber, finite, said])), v.maxLength(MOST));

/** Decisions that nothing was heard of yet, from the oldest on; by hashes of their ids, which may collide once in a million. */
export class PendingDecisions {
  #pending = new Map<number, PendingDecision>();

  /** @returns how many were given up for it */
  add(decisionId: string, decision: PendingDecision): number {
    this.#pending.set(murmur3(decisionId), decision);
    const oldest = this.#pending.keys().next();
    if (this.#pending.size <= MOST || oldest.done) return 0;
    this.#pending.delete(oldest.value);
    return 1;
  }

  /** Something was heard of it. @returns null where it does not wait */
  heard(decisionId: string): PendingDecision | null {
    const key = murmur3(decisionId);
    const decision = this.#pending.get(key) ?? null;
    this.#pending.delete(key);
    return decision;
  }

  /** Gives up those that were made before. @returns how many */
  dropOlder(beforeMs: number): number {
    const before = this.#pending.size;
    for (const [key, { atMs }] of this.#pending) if (atMs < beforeMs) this.#pending.delete(key);
    return before - this.#pending.size;
  }

  state(): Json {
    return [...this.#pending].map(([key, { atMs, said }]) => [key, atMs, said && [said.labelHash, said.confidence]]);
  }

  /** @throws INVALID_DATA */
  restore(state: unknown): void {
    const stored = parseState(stateSchema, state, 'pending decisions');
    this.#pending = new Map(
      stored.map(([key, atMs, told]) => {
        return [key, { atMs, said: told && { labelHash: told[0], confidence: told[1] } }];
      }),
    );
  }
}
