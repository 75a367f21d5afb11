import * as v from 'valibot';
import type { Json } from '../../core/part-state.ts';
import { parseState, wholeNumber } from '../../monitor/outcome/parse-state.ts';

/** Segments that are counted; those that come later are not. */
const MOST = 32;
const stateSchema = v.pipe(v.array(v.strictTuple([v.string(), wholeNumber])), v.maxLength(MOST));

/** How many outcomes each segment has, so that the most frequent ones can be compared: which ones says nothing about how they did. */
export class SegmentCounts {
  #counts = new Map<string, number>();

  add(segment: string): void {
    const count = this.#counts.get(segment) ?? 0;
    if (count > 0 || this.#counts.size < MOST) this.#counts.set(segment, count + 1);
  }

  /** The two most frequent values of a feature, in the order of their names; none where there are fewer. */
  mostFrequent(feature: string): (readonly [string, string])[] {
    const own = [...this.#counts].filter(([segment]) => segment.startsWith(`${feature}=`));
    const [first, second] = own
      .sort(([a, of], [b, other]) => other - of || (a < b ? -1 : 1))
      .map(([segment]) => segment);
    if (first === undefined || second === undefined) return [];
    return first < second ? [[first, second]] : [[second, first]];
  }

  state(): Json {
    return [...this.#counts];
  }

  /** @throws INVALID_DATA */
  restore(state: unknown): void {
    this.#counts = new Map(parseState(stateSchema, state, 'segments'));
  }
}
