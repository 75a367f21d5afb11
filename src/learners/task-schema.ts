import * as v from 'valibot';
import { canonicalJson, murmur3 } from '../core/hashing.ts';
import { isJson } from '../core/json.ts';
import type { Json } from '../core/part-state.ts';
import type {
  AlertMetric,
  ContinualStrategyName,
  ExplorationPolicy,
  FeatureDeclaration,
  FeatureSchema,
  TaskDeclaration,
} from '../core/task.ts';
import { TendrilError } from '../errors.ts';
import { MAX_EXOGENOUS, MAX_HORIZON, MAX_LAGS, MAX_SEASON, MAX_SEASONS } from './forecasting/forecast-options.ts';

/** The edge where a page's task declaration is parsed; everything behind it uses {@link ParsedTask}. */

const shortForm = v.pipe(
  v.picklist(['numeric', 'categorical', 'text', 'multi-hot']),
  v.transform((type): FeatureDeclaration => ({ type })),
);
const featureName = v.pipe(v.string(), v.minLength(1), v.maxLength(100));
const featureDeclaration = v.union([
  shortForm,
  v.strictObject({ type: v.picklist(['numeric', 'categorical', 'text', 'multi-hot']) }),
  v.strictObject({
    type: v.literal('embedding'),
    size: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(4096)),
  }),
]);
const featureSchema = v.pipe(
  v.record(featureName, featureDeclaration),
  v.check((schema) => Object.keys(schema).length <= 256, 'more than 256 features'),
);

/** Without a feature nothing tells two inputs apart, and there is nothing to learn. */
const someFeatures = v.pipe(
  featureSchema,
  v.check((schema) => Object.keys(schema).length > 0, 'no feature is declared'),
);

const powerOfTwo = v.pipe(
  v.number(),
  v.integer(),
  v.minValue(16),
  v.maxValue(8192),
  v.check((size) => Number.isInteger(Math.log2(size)), 'hashSize is not a power of two'),
);
const count = (min: number, max: number) => v.pipe(v.number(), v.integer(), v.minValue(min), v.maxValue(max));
const strategies = ['er', 'er-ace', 'der++', 'gdumb', 'ewc'] as const satisfies readonly ContinualStrategyName[];
const learnerOptions = v.strictObject({
  hiddenSize: v.optional(count(0, 1024)),
  hashSize: v.optional(powerOfTwo),
  learningRate: v.optional(v.pipe(v.number(), v.minValue(1e-6), v.maxValue(10))),
  replaySize: v.optional(count(0, 1023)),
  replayCapacity: v.optional(count(1, 1_000_000)),
  strategy: v.optional(v.picklist(strategies)),
  memory: v.optional(v.picklist(['on', 'off'])),
});

const share = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
const versions = v.strictObject({
  promotion: v.optional(v.picklist(['gated', 'continuous']), 'gated'),
  alpha: v.optional(v.pipe(v.number(), v.gtValue(0), v.maxValue(0.5)), 0.05),
  averageRunLength: v.optional(v.pipe(v.number(), v.minValue(100), v.maxValue(1e9)), 10_000),
  maxBytes: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(1e10)), 20_000_000),
  shadow: v.optional(v.boolean(), false),
  /** Parsed where the gate is. */
  assertions: v.optional(v.custom<Json>(isJson)),
});

const alertMetrics = [
  ...(['errorRise', 'rewardFall', 'calibrationError', 'rewardBias', 'coverage', 'withoutFeedback'] as const),
  ...(['segmentGap', 'itemShare', 'topicShare', 'exposureGini', 'popularityLift', 'miscalibration'] as const),
  ...(['latencyP95Ms', 'queueMean', 'fallbackShare', 'storageShare'] as const),
] satisfies readonly AlertMetric[];
const limit = v.pipe(v.number(), v.finite());
const alertLimits = v.pipe(
  v.strictObject({
    raise: limit,
    clear: limit,
    looks: v.exactOptional(count(1, 1000)),
    coolDownMs: v.exactOptional(v.pipe(v.number(), v.minValue(0))),
  }),
  v.check(({ raise, clear }) => raise !== clear, 'an alert is raised and cleared at the same value'),
);
const monitor = v.strictObject({
  off: v.optional(v.boolean(), false),
  segments: v.optional(v.pipe(v.array(featureName), v.maxLength(4)), []),
  window: v.optional(count(0, 300), 100),
  halfLife: v.optional(v.pipe(v.number(), v.minValue(1), v.maxValue(1e6)), 200),
  alerts: v.optional(v.record(v.picklist(alertMetrics), v.union([v.literal('off'), alertLimits])), {}),
});

const common = {
  id: v.pipe(
    v.string(),
    v.regex(/^[a-z0-9][a-z0-9._-]{0,99}$/, 'a task id has lower-case letters, digits, ".", "_" and "-"'),
  ),
  seed: v.optional(v.pipe(v.number(), v.integer()), 1),
  learner: v.optional(learnerOptions, {}),
  onSchemaChange: v.optional(v.picklist(['refuse', 'start-fresh']), 'refuse'),
  memory: v.optional(
    v.strictObject({
      maxAgeDays: v.optional(v.pipe(v.number(), v.minValue(1), v.maxValue(3650)), 365),
      maxBytes: v.optional(v.pipe(v.number(), v.minValue(100_000), v.maxValue(10_000_000_000)), 50_000_000),
    }),
    {},
  ),
  learning: v.optional(
    v.strictObject({
      when: v.optional(v.picklist(['arrived', 'idle', 'asked']), 'arrived'),
      every: v.optional(count(1, 100_000), 1),
      everyMinutes: v.exactOptional(v.pipe(v.number(), v.minValue(1), v.maxValue(100_000))),
      onDrift: v.optional(v.boolean(), true),
      minBattery: v.optional(share, 0.15),
      maxSecondsPerDay: v.exactOptional(v.pipe(v.number(), v.minValue(0), v.maxValue(86_400))),
    }),
    {},
  ),
  versions: v.optional(versions, {}),
  monitor: v.optional(monitor, {}),
  regulated: v.optional(v.boolean(), false),
  /** Parsed where reviews are opened. */
  review: v.optional(v.custom<Json>(isJson)),
};
const policies = [
  'greedy',
  'epsilon-greedy',
  'lin-ucb',
  'thompson-sampling',
  'neural-thompson-sampling',
  'square-cb',
] as const satisfies readonly ExplorationPolicy[];
/** Source of feedback to the share of its labels that is right. A source that is always right could never be doubted. */
const sources = v.optional(
  v.pipe(
    v.record(v.pipe(v.string(), v.minLength(1), v.maxLength(100)), v.pipe(v.number(), v.gtValue(0), v.ltValue(1))),
    v.check((declared) => Object.keys(declared).length <= 100, 'more than 100 sources'),
  ),
  {},
);
const rankingTask = v.strictObject({
  ...common,
  kind: v.literal('ranking'),
  schema: v.strictObject({ context: v.optional(featureSchema, {}), candidate: someFeatures }),
  exploration: v.optional(
    v.strictObject({
      policy: v.optional(v.picklist(policies)),
      epsilon: v.optional(share),
      slots: v.optional(count(1, 1000), 10),
      floor: v.optional(share),
      maxCost: v.optional(share, 0.05),
    }),
    {},
  ),
  reward: v.optional(
    v.strictObject({
      formula: v.custom<Json>(isJson),
      learned: v.optional(v.boolean(), true),
      rerank: v.optional(share, 0),
    }),
  ),
  comparison: v.optional(
    v.strictObject({
      share: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(0.5)), 0.05),
      apprentice: v.optional(v.boolean(), false),
      match: v.optional(share, 0.75),
    }),
    {},
  ),
  guard: v.optional(
    v.strictObject({
      itemShare: v.exactOptional(v.pipe(v.number(), v.gtValue(0), v.maxValue(1))),
      topicShare: v.exactOptional(v.pipe(v.number(), v.gtValue(0), v.maxValue(1))),
      topic: v.exactOptional(featureName),
    }),
  ),
  /** Parsed where signals are joined. */
  feedback: v.optional(v.custom<Json>(isJson)),
  sources,
});
/** What a label of feedback can be, too. */
const className = v.pipe(v.string(), v.minLength(1), v.maxLength(1000));
const classificationTask = v.strictObject({
  ...common,
  kind: v.literal('classification'),
  schema: v.strictObject({ input: someFeatures }),
  classes: v.optional(v.pipe(v.array(className), v.maxLength(1024)), []),
  labels: v.optional(v.picklist(['immediate', 'delayed']), 'immediate'),
  sources,
});
const coverage = v.optional(v.pipe(v.number(), v.gtValue(0), v.ltValue(1)), 0.9);
const regressionTask = v.strictObject({
  ...common,
  kind: v.literal('regression'),
  schema: v.strictObject({ input: someFeatures }),
  coverage,
  labels: v.optional(v.picklist(['immediate', 'delayed']), 'delayed'),
});
const numbersKnownAhead = v.pipe(
  featureSchema,
  v.check((schema) => Object.values(schema).every(({ type }) => type === 'numeric'), 'an observation has numbers only'),
  v.check((schema) => Object.keys(schema).length <= MAX_EXOGENOUS, `more than ${MAX_EXOGENOUS} features`),
);
const forecastingTask = v.strictObject({
  ...common,
  kind: v.literal('forecasting'),
  schema: v.optional(v.strictObject({ observation: v.optional(numbersKnownAhead, {}) }), {}),
  horizon: count(1, MAX_HORIZON),
  lags: v.optional(count(1, MAX_LAGS)),
  season: v.optional(v.union([count(2, MAX_SEASON), v.pipe(v.array(count(2, MAX_SEASON)), v.maxLength(MAX_SEASONS))])),
  coverage,
});
const spaceName = v.pipe(v.string(), v.minLength(1), v.maxLength(100));
const retrievalTask = v.strictObject({
  ...common,
  kind: v.literal('retrieval'),
  embedding: v.optional(
    v.variant('type', [
      v.strictObject({ type: v.literal('hashing') }),
      v.strictObject({
        type: v.literal('page'),
        name: spaceName,
        version: spaceName,
        size: count(1, 4096),
      }),
    ]),
    { type: 'hashing' },
  ),
});
const taskSchema = v.variant('kind', [rankingTask, classificationTask, regressionTask, forecastingTask, retrievalTask]);

export type ParsedRankingTask = v.InferOutput<typeof rankingTask>;
export type ParsedClassificationTask = v.InferOutput<typeof classificationTask>;
export type ParsedRegressionTask = v.InferOutput<typeof regressionTask>;
export type ParsedForecastingTask = v.InferOutput<typeof forecastingTask>;
export type ParsedRetrievalTask = v.InferOutput<typeof retrievalTask>;
export type ParsedTask =
  ParsedRankingTask | ParsedClassificationTask | ParsedRegressionTask | ParsedForecastingTask | ParsedRetrievalTask;
/** Tasks whose model has a network among its parts. */
export type ParsedNetworkTask = ParsedRankingTask | ParsedClassificationTask;

/** @throws INVALID_CONFIG with the place and the reason */
export function parseTask<D extends TaskDeclaration>(declaration: D): Extract<ParsedTask, { kind: D['kind'] }> {
  const result = v.safeParse(taskSchema, declaration);
  if (result.success) requireSegments(result.output);
  // Of the kind that was declared: the schema is chosen by it.
  if (result.success) return result.output as Extract<ParsedTask, { kind: D['kind'] }>;
  throw new TendrilError('INVALID_CONFIG', { reason: v.summarize(result.issues) });
}

/** @throws INVALID_CONFIG */
function requireSegments(task: ParsedTask): void {
  const { context, item } = featureSchemas(task);
  const schema = task.kind === 'ranking' ? context : item;
  const other = task.monitor.segments.find((name) => schema[name]?.type !== 'categorical');
  if (other !== undefined)
    throw new TendrilError('INVALID_CONFIG', { reason: `monitor.segments: "${other}" is no categorical feature` });
}

/** The schemas whose features the model reads, by the part of the input that they describe. */
export function featureSchemas(task: ParsedTask): { context: FeatureSchema; item: FeatureSchema } {
  switch (task.kind) {
    case 'ranking':
      return { context: task.schema.context, item: task.schema.candidate };
    case 'forecasting':
      return { context: {}, item: task.schema.observation };
    case 'retrieval':
      return { context: {}, item: {} };
    default:
      return { context: {}, item: task.schema.input };
  }
}

/** Whether a Bayesian model on the hidden layer of a network ranks: without a hidden layer it is one on the features alone. */
export function isNeuralLinear(task: ParsedTask): boolean {
  if (task.kind !== 'ranking' || task.exploration.policy !== 'neural-thompson-sampling') return false;
  return task.learner.hiddenSize !== 0;
}

/** Changes exactly when what is stored stops fitting: kind, features, hashing, hidden size and what else shapes the model. 8 hex digits. */
export function schemaHash(task: ParsedTask): string {
  const { hiddenSize, hashSize } = task.learner;
  const shape = { kind: task.kind, hiddenSize: hiddenSize ?? null, hashSize: hashSize ?? null, ...ownShape(task) };
  return murmur3(canonicalJson(shape)).toString(16).padStart(8, '0');
}

function ownShape(task: ParsedTask): Readonly<Record<string, unknown>> {
  if (task.kind === 'retrieval') return { embedding: task.embedding };
  if (task.kind === 'regression') return { schema: task.schema, labels: task.labels };
  if (isNeuralLinear(task)) return { schema: task.schema, head: 'neural-linear' };
  // Without a word for the default: models of tasks that never declared it go on.
  if (task.kind === 'classification' && task.labels === 'delayed') return { schema: task.schema, labels: task.labels };
  if (task.kind !== 'forecasting') return { schema: task.schema };
  const { schema, horizon, lags, season } = task;
  return { schema, horizon, lags: lags ?? null, season: season ?? null };
}
