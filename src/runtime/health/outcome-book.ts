import * as v from 'valibot';
import type { Json } from '../../core/part-state.ts';
import type { ParsedFeatures } from '../../core/task.ts';
import type { ParsedTask } from '../../learners/task-schema.ts';
import type { StoredExperience } from '../../memory/records.ts';
import { topOf } from '../../core/top-of.ts';
import { ClassificationOutcome, type LabelledPrediction } from '../../monitor/outcome/classification-outcome.ts';
import type { OutcomeGap } from '../../monitor/outcome/outcome-gap.ts';
import type { OutcomeMetrics } from '../../monitor/outcome/outcome-metrics.ts';
import { parseState, wholeNumber } from '../../monitor/outcome/parse-state.ts';
import { RankingOutcome, type RankedDecision } from '../../monitor/outcome/ranking-outcome.ts';
import { RegressionOutcome, type MeasuredPrediction } from '../../monitor/outcome/regression-outcome.ts';
import { SegmentedOutcome, type OutcomeScope, type SegmentedSummary } from '../../monitor/outcome/segmented-outcome.ts';
import type { WindowOptions } from '../../monitor/outcome/windowed-sums.ts';
import type { Judgement } from '../../versions/judgement.ts';
import { itemOutcome, RankedDecisions } from './ranked-decisions.ts';
import { SegmentCounts } from './segment-counts.ts';

/** What is kept stays below 200 kB. */
const BOUNDS = { maxSegments: 8, maxModelVersions: 3 };
const CLASSES = 20;
/** Of a segment: there are many of them. */
const CLASSES_OF_SEGMENT = 8;

/** The outcomes of one task by version and segment. Versions are told apart by the log position that they have learned up to. */
export interface OutcomeBook {
  readonly kind: 'classification' | 'ranking' | 'regression';
  update(experience: StoredExperience, judgement: Judgement, trainedTo: number): void;
  /** Decisions that nothing was heard of: only rankings count them, and as those of the version that served last. */
  unheard(count: number): void;
  /** What is told in parts is complete. */
  close(): void;
  /** Over everything, without the rest of the summary: it is looked at often. */
  overall(): unknown;
  summary(): SegmentedSummary<unknown>;
  gaps(): OutcomeGap[];
  state(): Json;
  /** @throws INVALID_DATA; then it has to be made anew */
  restore(state: unknown): void;
}

/** null where the kind of task has no outcomes. */
export function createOutcomeBook(task: ParsedTask): OutcomeBook | null {
  const options = { ...windowsOf(task), ...BOUNDS };
  switch (task.kind) {
    case 'classification':
      return new Book(
        'classification',
        task,
        classification,
        (one) => new ClassificationOutcome(classesOf(one)),
        options,
      );
    case 'regression':
      return new Book('regression', task, regression, (one) => new RegressionOutcome(one), options);
    case 'ranking':
      return new Book(
        'ranking',
        task,
        () => null,
        (one) => new RankingOutcome(one),
        options,
      );
    default:
      return null;
  }
}

const windowsOf = ({ monitor: { window, halfLife } }: ParsedTask): WindowOptions => ({ window, halfLife });

/** Segments have no sliding window: that is how they are known here. */
const classesOf = (windows: WindowOptions) => ({
  ...windows,
  classes: windows.window === 0 ? CLASSES_OF_SEGMENT : CLASSES,
});

function classification(judgement: Judgement): LabelledPrediction | null {
  if (judgement.kind !== 'classification') return null;
  const { actual, probabilities } = judgement;
  return { actual, probabilities, predicted: topOf(probabilities).label };
}

const regression = (judgement: Judgement): MeasuredPrediction | null =>
  judgement.kind === 'regression' ? judgement : null;

const stateSchema = v.strictObject({
  ...{ outcomes: v.unknown(), counts: v.unknown(), ranked: v.unknown(), latest: wholeNumber },
});

class Book<Observation, Summary> implements OutcomeBook {
  readonly kind: OutcomeBook['kind'];
  readonly #names: readonly string[];
  readonly #observe: (judgement: Judgement) => Observation | null;
  readonly #outcomes: SegmentedOutcome<Observation, Summary>;
  readonly #counts = new SegmentCounts();
  readonly #ranked = new RankedDecisions();
  #latest = 0;

  constructor(
    kind: OutcomeBook['kind'],
    task: ParsedTask,
    observe: (judgement: Judgement) => Observation | null,
    create: (windows: WindowOptions) => OutcomeMetrics<Observation, Summary>,
    options: WindowOptions & typeof BOUNDS,
  ) {
    this.kind = kind;
    this.#names = task.monitor.segments;
    this.#observe = observe;
    this.#outcomes = new SegmentedOutcome(create, options);
  }

  update(experience: StoredExperience, judgement: Judgement, trainedTo: number): void {
    const segments = this.#segmentsOf(experience);
    const scope = { modelVersion: trainedTo, segments };
    if (judgement.kind === 'ranking') {
      const item = itemOutcome(experience, judgement);
      const complete = item && this.#ranked.add(experience.decisionId, item, scope);
      if (complete) this.#count(complete.decision as Observation, complete.scope);
      return;
    }
    const observation = this.#observe(judgement);
    if (observation) this.#count(observation, scope);
  }

  #segmentsOf({ payload }: StoredExperience): string[] {
    if (this.#names.length === 0) return [];
    const features = payload.kind === 'ranking' ? payload.context : 'input' in payload ? payload.input : {};
    return this.#names.flatMap((name) => segmentOf(name, features));
  }

  #count(observation: Observation, scope: OutcomeScope): void {
    this.#outcomes.update(observation, scope);
    for (const segment of scope.segments ?? []) this.#counts.add(segment);
    this.#latest = scope.modelVersion ?? 0;
  }

  unheard(count: number): void {
    const decision: RankedDecision = { items: [] };
    if (this.kind !== 'ranking') return;
    for (let i = 0; i < count; i++) this.#count(decision as Observation, { modelVersion: this.#latest });
  }

  close(): void {
    const complete = this.#ranked.close();
    if (complete) this.#count(complete.decision as Observation, complete.scope);
  }

  overall(): Summary {
    return this.#outcomes.overall();
  }

  summary(): SegmentedSummary<Summary> {
    return this.#outcomes.summary();
  }

  gaps(): OutcomeGap[] {
    const { measures } = this.#outcomes;
    const pairs = this.#names.flatMap((name) => this.#counts.mostFrequent(name));
    return pairs.flatMap((pair) => measures.map((measure) => this.#outcomes.gap(measure, pair, this.#latest)));
  }

  state(): Json {
    return {
      outcomes: this.#outcomes.state(),
      counts: this.#counts.state(),
      ranked: this.#ranked.state(),
      latest: this.#latest,
    };
  }

  restore(state: unknown): void {
    const { outcomes, counts, ranked, latest } = parseState(stateSchema, state, 'outcomes');
    this.#outcomes.restore(outcomes);
    this.#counts.restore(counts);
    this.#ranked.restore(ranked);
    this.#latest = latest;
  }
}

/** e.g. `device=phone`; none where it is not known. */
function segmentOf(name: string, features: ParsedFeatures): string[] {
  const value = features[name];
  return typeof value === 'string' ? [`${name}=${value}`] : [];
}
