import type { ComputeBackend } from '../../src/compute/compute.ts';
import type { PartState, StateTensor } from '../../src/core/part-state.ts';
import type { Features, TaskDeclaration } from '../../src/core/task.ts';
import { createEncoder } from '../../src/learners/fresh-learner.ts';
import type { FeatureState } from '../../src/learners/feature-encoder.ts';
import { parseFeatures } from '../../src/learners/feature-value.ts';
import type { OnlineClassifier, OnlineRegressor } from '../../src/learners/online-model.ts';
import type { RowShape } from '../../src/learners/row.ts';
import { featureSchemas, parseTask, schemaHash } from '../../src/learners/task-schema.ts';
import type { StoredExperience } from '../../src/memory/records.ts';
import { ClassificationModel } from '../../src/runtime/models/classification-model.ts';
import { freshCheckpoint } from '../../src/runtime/models/fresh-checkpoint.ts';
import { RankingModel } from '../../src/runtime/models/ranking-model.ts';
import { RegressionModel } from '../../src/runtime/models/regression-model.ts';
import type { Checkpoint } from '../../src/versions/checkpoint.ts';
import { classCount, conformanceSchema, type Conforming, type Lesson } from './learner-cases.ts';

const task = parseTask({ id: 'conformance', kind: 'classification', schema: { input: conformanceSchema } });
const { item: schema } = featureSchemas(task);

interface MemberState {
  readonly features: FeatureState;
  readonly part: PartState;
}

/** A member in typed arrays, fed by an encoder of its own. */
export function classifierMember(
  name: string,
  create: (shape: RowShape, classCount: number, seed: number) => OnlineClassifier,
): Conforming {
  return member(name, 'probabilities', (shape, seed) => {
    const model = create(shape, classCount, seed);
    return {
      model,
      learn: (row, { label, weight }) => model.learnOne(row, label, weight),
      predict: (row) => {
        const out = new Float64Array(classCount);
        model.predictProbaOne(row, out);
        return [...out];
      },
    };
  });
}

export function regressorMember(name: string, create: (shape: RowShape, seed: number) => OnlineRegressor): Conforming {
  const isBaseline = ['mean', 'last'].includes(name);
  const conforming = member(name, 'value', (shape, seed) => {
    const model = create(shape, seed);
    return {
      model,
      learn: (row, { value, weight }) => model.learnOne(row, value, weight),
      predict: (row) => [model.predictOne(row)],
    };
  });
  return { ...conforming, isBaseline };
}

type Row = Parameters<OnlineRegressor['predictOne']>[0];

function member(
  name: string,
  answers: Conforming['answers'],
  create: (
    shape: RowShape,
    seed: number,
  ) => {
    readonly model: { state(): PartState; restore(state: PartState): void };
    learn(row: Row, lesson: Lesson): void;
    predict(row: Row): number[];
  },
): Conforming {
  return {
    name,
    answers,
    open(seed, state) {
      const encoder = createEncoder(task);
      const encode = (input: Features) => encoder.encode({}, parseFeatures(schema, input));
      const { model, learn, predict } = create(encoder.shape, seed);
      if (state !== undefined) {
        const { features, part } = state as MemberState;
        encoder.restore(features);
        model.restore(part);
      }
      return {
        learn: (lesson) => {
          const encoded = encode(lesson.input);
          learn(encoder.row(encoded), lesson);
          encoder.learnOne(encoded);
        },
        predict: (input) => predict(encoder.row(encode(input))),
        state: (): MemberState => ({ features: encoder.state(), part: model.state() }),
      };
    },
    damaged: (state) => {
      const { features, part } = state as MemberState;
      return damagedParts(part).map((damaged): MemberState => ({ features, part: damaged }));
    },
  };
}

/** Every array a number too short, and every one of floats with NaN at its start; nothing at all. */
function damagedParts(part: PartState): PartState[] {
  const withTensor = (name: string, tensor: StateTensor): PartState => ({
    ...part,
    tensors: { ...part.tensors, [name]: tensor },
  });
  return Object.entries(part.tensors)
    .filter(([, tensor]) => tensor.length > 0)
    .map(([name, tensor]) => withTensor(name, tensor.slice(1)))
    .concat([{ tensors: {}, values: {} }]);
}

const declarations = {
  classification: {
    id: 'conformance',
    kind: 'classification',
    schema: { input: conformanceSchema },
    classes: Array.from({ length: classCount }, (_, index) => `class ${index}`),
  },
  ranking: { id: 'conformance', kind: 'ranking', schema: { candidate: conformanceSchema } },
  regression: { id: 'conformance', kind: 'regression', schema: { input: conformanceSchema } },
} as const satisfies Record<string, TaskDeclaration>;

interface CompleteModelOptions extends Pick<Conforming, 'tolerance' | 'effort'> {
  /** For the name. */
  readonly where: string;
  /** Of a network among its parts; default: none. */
  readonly hiddenSize?: number;
}

/** The complete model of a kind of task, as the runtime makes it, on one backend. */
export function completeModel(
  kind: keyof typeof declarations,
  openBackend: () => Promise<ComputeBackend>,
  { where, hiddenSize = 0, ...options }: CompleteModelOptions,
): Conforming {
  const learner = { hiddenSize };
  return {
    ...options,
    name: `the ${kind} model ${where}`,
    answers: kind === 'classification' ? 'probabilities' : 'value',
    async open(seed, state) {
      const backend = await openBackend();
      const log = (state as StoredModel | undefined)?.log ?? [];
      const parsed = parseTask({ ...declarations[kind], seed, learner });
      const checkpoint = (state as StoredModel | undefined)?.checkpoint ?? freshCheckpoint(parsed, schemaHash(parsed));
      const model = createModel(kind, { seed, learner }, { backend, checkpoint, replayed: log });
      const own = [...log];
      return {
        learn: async (lesson) => {
          const experience = experienceOf(kind, own.length + 1, lesson);
          own.push(experience);
          await model.learnOne(experience);
        },
        predict: (input) => model.predict(input),
        state: async (): Promise<StoredModel> => ({ checkpoint: await model.checkpoint(), log: [...own] }),
        dispose: () => {
          model.dispose();
          backend.dispose();
        },
      };
    },
  };
}

/** A checkpoint is of use together with the log that its replay buffer refers to. */
interface StoredModel {
  readonly checkpoint: Checkpoint;
  readonly log: readonly StoredExperience[];
}

interface RunningModel {
  learnOne(experience: StoredExperience): Promise<void>;
  predict(input: Features): Promise<readonly number[]>;
  checkpoint(): Promise<Checkpoint>;
  dispose(): void;
}

function createModel(
  kind: keyof typeof declarations,
  own: { readonly seed: number; readonly learner: { readonly hiddenSize: number } },
  origin: ConstructorParameters<typeof RankingModel>[1],
): RunningModel {
  if (kind === 'classification') {
    const model = new ClassificationModel(parseTask({ ...declarations.classification, ...own }), origin);
    return running(model, async (input) => [...(await model.predictProbaOne(encoded(model, input)))]);
  }
  if (kind === 'ranking') {
    const model = new RankingModel(parseTask({ ...declarations.ranking, ...own }), origin);
    return running(model, async (input) => [...(await model.predictRewards([encoded(model, input)]))]);
  }
  const model = new RegressionModel(parseTask({ ...declarations.regression, ...own }), origin);
  return running(model, async (input) => {
    const { value, lower, upper } = model.predictIntervalOne(encoded(model, input));
    // While nothing was learned the ends are infinite.
    return [value, ...[lower, upper].filter(Number.isFinite)];
  });
}

function running(
  model: ClassificationModel | RankingModel | RegressionModel,
  predict: RunningModel['predict'],
): RunningModel {
  return {
    learnOne: (experience) => model.learnOne(experience),
    predict,
    checkpoint: () => model.checkpoint(),
    dispose: () => {
      model.dispose();
    },
  };
}

function encoded({ encoder }: { encoder: ReturnType<typeof createEncoder> }, input: Features) {
  return encoder.encode({}, parseFeatures(schema, input));
}

function experienceOf(kind: keyof typeof declarations, position: number, lesson: Lesson): StoredExperience {
  const input = parseFeatures(schema, lesson.input);
  const { weight, value } = lesson;
  const common = { position, experienceId: `e${position}`, decisionId: `d${position}`, modelKey: 'm', observedAtMs: 0 };
  if (kind === 'classification') return { ...common, payload: { kind, input, label: `class ${lesson.label}`, weight } };
  if (kind === 'regression') return { ...common, payload: { kind, input, value, weight } };
  const shown = { context: {}, candidateId: 'c', candidate: input, propensity: 1, slot: 0 };
  return { ...common, payload: { kind, ...shown, reward: value, weight } };
}
