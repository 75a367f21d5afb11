import * as v from 'valibot';
import type { Json } from '../../core/part-state.ts';
import { BoundedNames } from './bounded-names.ts';
import { gapBetween, type GapOptions, type OutcomeGap } from './outcome-gap.ts';
import type { OutcomeMetrics } from './outcome-metrics.ts';
import { invalidData, parseState, requireConfig, wholeNumber } from './parse-state.ts';
import { VersionOutcome, type VersionSummary } from './version-outcome.ts';
import type { WindowOptions } from './windowed-sums.ts';

export interface SegmentedOptions extends WindowOptions {
  /** Pairs whose gap is watched; their segments have a place of their own whatever comes first. */
  readonly compared?: readonly (readonly [first: string, second: string])[];
  /** Segments with figures of their own; all others are one. Default 32. */
  readonly maxSegments?: number;
  /** Model versions that are followed; of more, the one heard of longest ago is dropped. Default 4. */
  readonly maxModelVersions?: number;
  readonly gaps?: GapOptions;
}

/** Where an observation belongs. */
export interface OutcomeScope {
  /** The registry's number of the model that answered; null for one that never was there. */
  readonly modelVersion: number | null;
  /** Segment values such as `device=phone`; an observation counts in each. */
  readonly segments?: readonly string[];
}

export interface SegmentedSummary<Summary> {
  /** Of all model versions. */
  readonly all: Summary;
  /** The one heard of last comes last. */
  readonly modelVersions: readonly VersionSummary<Summary>[];
  /** Of the model version heard of last: each compared pair in each measure. */
  readonly gaps: readonly OutcomeGap[];
}

const stateSchema = v.strictObject({
  maxSegments: wholeNumber,
  segments: v.unknown(),
  all: v.unknown(),
  modelVersions: v.array(v.strictTuple([v.nullable(wholeNumber), v.unknown()])),
});

/** The outcomes of one task: in all, by model version, and by segment of each. Segments have no sliding window, so that there is room for many. */
export class SegmentedOutcome<Observation, Summary> {
  readonly #create: (windows: WindowOptions) => OutcomeMetrics<Observation, Summary>;
  readonly #windows: WindowOptions;
  readonly #options: SegmentedOptions;
  readonly #maxModelVersions: number;
  readonly #segments: BoundedNames;
  readonly #all: OutcomeMetrics<Observation, Summary>;
  /** The one heard of last comes last. */
  #modelVersions = new Map<number | null, VersionOutcome<Observation, Summary>>();

  /** @param create metrics over the given windows, the same ones every time @throws INVALID_CONFIG */
  constructor(
    create: (windows: WindowOptions) => OutcomeMetrics<Observation, Summary>,
    options: SegmentedOptions = {},
  ) {
    const { compared = [], maxSegments = 32, maxModelVersions = 4, ...others } = options;
    const declared = [...new Set(compared.flat())];
    requireConfig(declared.length <= maxSegments, `${declared.length} compared segments of at most ${maxSegments}`);
    requireConfig(maxModelVersions >= 1, 'no model version is followed');
    this.#create = create;
    this.#options = options;
    this.#maxModelVersions = maxModelVersions;
    this.#windows = { ...others };
    this.#segments = new BoundedNames(maxSegments, declared);
    this.#all = create(this.#windows);
  }

  /** @throws INVALID_DATA for an observation outside its ranges */
  update(observation: Observation, { modelVersion, segments = [] }: OutcomeScope): void {
    // First, for it refuses what is not valid before anything has changed.
    this.#all.update(observation);
    const version = this.#modelVersions.get(modelVersion) ?? this.#createVersion();
    this.#modelVersions.delete(modelVersion);
    this.#modelVersions.set(modelVersion, version);
    const oldest = this.#modelVersions.keys().next();
    if (this.#modelVersions.size > this.#maxModelVersions && !oldest.done) this.#modelVersions.delete(oldest.value);
    version.update(observation, new Set(segments.map((segment) => this.#segments.add(segment))));
  }

  #createVersion(): VersionOutcome<Observation, Summary> {
    const create = () => this.#create({ ...this.#windows, window: 0 });
    return new VersionOutcome(this.#create(this.#windows), create);
  }

  /** @param modelVersion default: the one heard of last */
  gap(measure: string, segments: readonly [first: string, second: string], modelVersion = this.#latest()): OutcomeGap {
    const version = this.#modelVersions.get(modelVersion);
    const [first, second] = segments.map((name) => version?.measure(this.#segments.indexOf(name), measure));
    return gapBetween({ measure, segments, modelVersion }, [first, second], this.#options.gaps);
  }

  #latest(): number | null {
    return [...this.#modelVersions.keys()].at(-1) ?? null;
  }

  /** Of all model versions, without the work that the rest of the summary is. */
  overall(): Summary {
    return this.#all.summary();
  }

  /** Names of the means that are compared. */
  get measures(): readonly string[] {
    return Object.keys(this.#all.measures);
  }

  summary(): SegmentedSummary<Summary> {
    const names = this.#segments.names();
    const { compared = [] } = this.#options;
    return {
      all: this.#all.summary(),
      modelVersions: [...this.#modelVersions].map(([number, version]) => version.summary(number, names)),
      gaps: compared.flatMap((pair) => this.measures.map((measure) => this.gap(measure, pair))),
    };
  }

  state(): Json {
    return {
      maxSegments: this.#segments.capacity,
      segments: this.#segments.names(),
      all: this.#all.state(),
      modelVersions: [...this.#modelVersions].map(([number, version]) => [number, version.state()]),
    };
  }

  /** Continues exactly where `state` was taken. @throws INVALID_DATA; then it has to be made anew */
  restore(state: unknown): void {
    const { maxSegments, segments, all, modelVersions } = parseState(stateSchema, state, 'outcomes by segment');
    if (maxSegments !== this.#segments.capacity) throw invalidData('another number of segments was followed');
    if (new Set(modelVersions.map(([number]) => number)).size !== modelVersions.length) {
      throw invalidData('a model version is there twice');
    }
    this.#segments.restore(segments);
    this.#all.restore(all);
    this.#modelVersions = new Map(
      modelVersions.slice(-this.#maxModelVersions).map(([number, version]) => {
        const restored = this.#createVersion();
        restored.restore(version, this.#segments.capacity + 1);
        return [number, restored];
      }),
    );
  }
}
