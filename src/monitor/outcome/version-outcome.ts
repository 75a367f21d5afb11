import * as v from 'valibot';
import type { Json } from '../../core/part-state.ts';
import type { MeanInterval } from './mean-interval.ts';
import type { OutcomeMetrics } from './outcome-metrics.ts';
import { invalidData, parseState, wholeNumber } from './parse-state.ts';

export interface SegmentSummary<Summary> {
  /** Null for all segments together that have no place of their own. */
  readonly segment: string | null;
  readonly outcome: Summary;
}

export interface VersionSummary<Summary> {
  readonly modelVersion: number | null;
  readonly all: Summary;
  readonly segments: readonly SegmentSummary<Summary>[];
}

const stateSchema = v.strictObject({
  all: v.unknown(),
  segments: v.array(v.strictTuple([wholeNumber, v.unknown()])),
});

/** The outcomes of one model version, in all and by segment. */
export class VersionOutcome<Observation, Summary> {
  readonly #all: OutcomeMetrics<Observation, Summary>;
  readonly #create: () => OutcomeMetrics<Observation, Summary>;
  readonly #segments = new Map<number, OutcomeMetrics<Observation, Summary>>();

  /** @param create metrics of a segment */
  constructor(all: OutcomeMetrics<Observation, Summary>, create: () => OutcomeMetrics<Observation, Summary>) {
    this.#all = all;
    this.#create = create;
  }

  /** @param segments indices, each once */
  update(observation: Observation, segments: Iterable<number>): void {
    this.#all.update(observation);
    for (const segment of segments) this.#segmentAt(segment).update(observation);
  }

  #segmentAt(index: number): OutcomeMetrics<Observation, Summary> {
    const known = this.#segments.get(index);
    if (known) return known;
    const created = this.#create();
    this.#segments.set(index, created);
    return created;
  }

  measure(segment: number | null, name: string): MeanInterval | undefined {
    return segment === null ? undefined : this.#segments.get(segment)?.measures[name];
  }

  /** @param names of segments by index */
  summary(modelVersion: number | null, names: readonly string[]): VersionSummary<Summary> {
    const segments = [...this.#segments]
      .sort(([one], [other]) => one - other)
      .map(([index, metrics]) => ({ segment: names[index] ?? null, outcome: metrics.summary() }));
    return { modelVersion, all: this.#all.summary(), segments };
  }

  state(): Json {
    return {
      all: this.#all.state(),
      segments: [...this.#segments].map(([index, metrics]) => [index, metrics.state()]),
    };
  }

  /** Of one that was just made. @param most indices are below it @throws INVALID_DATA */
  restore(state: unknown, most: number): void {
    const { all, segments } = parseState(stateSchema, state, 'outcomes of a version');
    this.#all.restore(all);
    for (const [index, metrics] of segments) {
      if (index >= most || this.#segments.has(index)) throw invalidData(`there is no segment ${index}, or it is twice`);
      this.#segmentAt(index).restore(metrics);
    }
  }
}
