import { median } from '../lib/median.ts';
import { quantile } from '../lib/quantile.ts';
import type { Figure } from '../sections/section.ts';

/** What rounds in turns say about two contenders. */
export interface Comparison {
  /** Milliseconds of one call, medians of the rounds. */
  readonly oursMs: number;
  readonly theirsMs: number;
  /** How many times as fast ours is: the ratio of the medians. */
  readonly timesAsFast: number;
  /** The middle half of the rounds' own ratios lies between these. */
  readonly low: number;
  readonly high: number;
  readonly rounds: number;
}

/** @param ours milliseconds of one call in each round @param theirs the same of the other, in the same rounds @throws RangeError unless both have the same rounds */
export function compare(ours: readonly number[], theirs: readonly number[]): Comparison {
  if (ours.length === 0 || ours.length !== theirs.length)
    throw new RangeError(`${ours.length} rounds cannot be compared with ${theirs.length}`);
  const ratios = ours.map((ms, round) => theirs[round]! / ms);
  const [oursMs, theirsMs] = [median(ours), median(theirs)];
  return {
    oursMs,
    theirsMs,
    timesAsFast: theirsMs / oursMs,
    low: quantile(ratios, 0.25),
    high: quantile(ratios, 0.75),
    rounds: ours.length,
  };
}

/** As a line of the table: how many times as fast ours is. @param goal at least that many times */
export function asFigure(what: string, compared: Comparison, goal?: number, remark?: string): Figure {
  const { oursMs, theirsMs, low, high, rounds } = compared;
  const spread = `middle half of ${rounds} rounds ${low.toPrecision(3)} to ${high.toPrecision(3)}`;
  const note = `${milliseconds(oursMs)} against ${milliseconds(theirsMs)}; ${spread}${remark === undefined ? '' : `; ${remark}`}`;
  return { what, value: compared.timesAsFast, unit: '×', ...(goal !== undefined && { goal: { atLeast: goal } }), note };
}

export function milliseconds(ms: number): string {
  return ms < 0.1 ? `${(ms * 1000).toPrecision(3)} µs` : `${ms.toPrecision(3)} ms`;
}
