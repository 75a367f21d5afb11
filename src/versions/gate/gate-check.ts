/** What one check of a promotion found; plain data. */
export interface GateCheck {
  /** `assertion:NAME` for the host's own. */
  readonly name: string;
  readonly passed: boolean;
  /** Null where there was nothing to judge: that is no reason against a promotion. */
  readonly value: number | null;
  /** What `value` had to reach or must not pass, as the explanation says; null where it is a matter of yes or no. */
  readonly threshold: number | null;
  /** In words, for whoever approves or audits. */
  readonly explanation: string;
}

/** A check that had nothing to judge. */
export function notJudged(name: string, threshold: number | null, explanation: string): GateCheck {
  return { name, passed: true, value: null, threshold, explanation };
}

/** Three digits that say something. */
export function digits(value: number): string {
  return String(Number(value.toPrecision(3)));
}
