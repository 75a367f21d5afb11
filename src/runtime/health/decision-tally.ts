import { HOST_SERVED } from './fallback-reasons.ts';

/** Decisions that are remembered until it is known whose answer was shown; the oldest are counted first. */
const MOST = 64;
/** By then the page has said that it kept its own order. */
const SETTLED_AFTER_MS = 2_000;

/** Whose answer was shown: known a moment after the decision, because the page may stop waiting. */
export class DecisionTally {
  readonly #open = new Map<string, { readonly atMs: number; reason: string | null }>();
  /** Told before the decision was made. */
  readonly #kept = new Set<string>();
  readonly #count: (reason: string | null) => void;

  /** @param count takes the reason why the page's own order served, null where the model did */
  constructor(count: (reason: string | null) => void) {
    this.#count = count;
  }

  /** @param reason why the page's own answer stands already, or null */
  answered(decisionId: string, reason: string | null, nowMs: number): void {
    this.#open.set(decisionId, { atMs: nowMs, reason: this.#kept.delete(decisionId) ? HOST_SERVED : reason });
    this.settle(nowMs);
  }

  hostServed(decisionId: string): void {
    const open = this.#open.get(decisionId);
    if (open) open.reason ??= HOST_SERVED;
    else {
      this.#kept.add(decisionId);
      const oldest = this.#kept.values().next();
      if (this.#kept.size > MOST && !oldest.done) this.#kept.delete(oldest.value);
    }
  }

  /** Counts what is settled by now. */
  settle(nowMs: number): void {
    for (const [decisionId, { atMs, reason }] of this.#open) {
      const passedMs = nowMs - atMs;
      // A clock that was set back settles everything.
      if (this.#open.size <= MOST && passedMs >= 0 && passedMs < SETTLED_AFTER_MS) return;
      this.#open.delete(decisionId);
      this.#count(reason);
    }
  }
}
