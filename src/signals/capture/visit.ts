import { operatingSignals, type Signal } from '../../core/signal.ts';
import type { ActiveTime } from './active-time.ts';
import type { Happening } from './recorder.ts';
import { nowhere, withoutItem, type Subject } from './subject.ts';

/** Of what was on the page and did not move the visitor to anything; whatever else happens to an item does. */
const passive: ReadonlySet<string> = new Set([
  ...operatingSignals,
  'impression',
  'hover',
  'dwell',
  'scroll',
  'session',
  'abandonment',
  'bounce',
  'why',
]);
/** Decisions of one page whose visit is told. */
const REMEMBERED = 100;

interface SeenDecision {
  readonly subject: Subject;
  countedToMs: number;
  shown: boolean;
  engaged: boolean;
  told: boolean;
}

/** The visit as a whole: how long it was, and which decisions it left without having turned to anything. */
export class Visit {
  readonly #active: ActiveTime;
  readonly #record: (happening: Happening) => void;
  readonly #decisions = new Map<string, SeenDecision>();
  #pageToldMs = 0;

  constructor(active: ActiveTime, record: (happening: Happening) => void) {
    this.#active = active;
    this.#record = record;
  }

  note(signal: Signal): void {
    const decision = this.meet(signal);
    if (!decision) return;
    if (signal.type === 'impression') decision.shown = true;
    if (!passive.has(signal.type)) decision.engaged = true;
  }

  /** Tells the active time since the last time it was told. @param final whether the page ends */
  leave(final: boolean): void {
    const nowMs = this.#active.activeMs();
    if (this.#decisions.size === 0) this.#pageToldMs = this.#tellSession(nowhere, this.#pageToldMs, nowMs, !final);
    for (const decision of this.#decisions.values()) {
      decision.countedToMs = this.#tellSession(decision.subject, decision.countedToMs, nowMs, !final);
      if (final) this.#tellAbandonment(decision);
    }
  }

  /** From now on the visit is one of this decision too. @returns null where there is none, or where there are too many */
  meet(about: Parameters<typeof withoutItem>[0]): SeenDecision | null {
    const subject = withoutItem(about);
    const found = this.#decisions.get(subject.place);
    if (found) return found;
    if (subject.place === '' || this.#decisions.size >= REMEMBERED) return null;
    const fresh = { countedToMs: this.#active.activeMs(), shown: false, engaged: false, told: false };
    const decision = { ...(this.#waiting(subject) ?? fresh), subject };
    this.#decisions.set(subject.place, decision);
    return decision;
  }

  /** What happened to the list of a task before its decision was known is the decision's: the worker joins it so, too. */
  #waiting({ decisionId, taskId }: Subject): SeenDecision | undefined {
    if (!decisionId || !taskId) return undefined;
    const { place } = withoutItem({ taskId });
    const found = this.#decisions.get(place);
    this.#decisions.delete(place);
    return found;
  }

  #tellSession(subject: Subject, fromMs: number, toMs: number, censored: boolean): number {
    if (toMs > fromMs) this.#record({ type: 'session', subject, value: (toMs - fromMs) / 1000, censored });
    return toMs;
  }

  #tellAbandonment(decision: SeenDecision): void {
    if (!decision.shown || decision.engaged || decision.told) return;
    decision.told = true;
    this.#record({ type: 'abandonment', subject: decision.subject });
  }
}
