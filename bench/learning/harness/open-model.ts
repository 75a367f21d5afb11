import type { BackendName, ComputeBackend } from '../../../src/compute/compute.ts';
import { openBackend } from '../../../src/compute/open-backend.ts';
import type { ClassificationTask, Features, ParsedFeatures, RankingTask } from '../../../src/core/task.ts';
import { parseFeatures } from '../../../src/learners/feature-value.ts';
import { parseTask, schemaHash } from '../../../src/learners/task-schema.ts';
import type { ExperiencePayload } from '../../../src/memory/records.ts';
import { ClassificationModel } from '../../../src/runtime/models/classification-model.ts';
import { freshCheckpoint } from '../../../src/runtime/models/fresh-checkpoint.ts';
import type { Model } from '../../../src/runtime/models/model.ts';
import { RankingModel } from '../../../src/runtime/models/ranking-model.ts';
import { encodeCheckpoint } from '../../../src/versions/checkpoint.ts';

/** The runtime's model of a task, without a worker, a log or a page around it. */
interface OpenedModel {
  /** Of the checkpoint that the runtime would store now. */
  stateBytes(): Promise<number>;
  dispose(): void;
}

export interface OpenedClassifier extends OpenedModel {
  readonly classes: readonly string[];
  /** As the runtime does once, before the decision: the log and learning have the parsed features. */
  parse(input: Features): ParsedFeatures;
  predictProba(input: ParsedFeatures): Promise<Float64Array>;
  learn(input: ParsedFeatures, label: string): Promise<void>;
}

export interface OpenedRanker extends OpenedModel {
  /** Expected reward of each candidate. */
  predictRewards(context: Features, candidates: readonly Features[]): Promise<Float64Array>;
  learn(context: Features, candidate: Features, reward: number): Promise<void>;
}

export async function openClassifier(
  declaration: ClassificationTask,
  backendName: BackendName = 'cpu',
): Promise<OpenedClassifier> {
  const task = parseTask(declaration);
  const backend = await openBackend(backendName);
  const hash = schemaHash(task);
  const model = new ClassificationModel(task, { backend, checkpoint: freshCheckpoint(task, hash), replayed: [] });
  const learn = learner(model);
  return {
    ...opened(model, backend),
    get classes() {
      return model.classes;
    },
    parse: (input) => parseFeatures(task.schema.input, input),
    predictProba: (input) => model.predictProbaOne(model.encoder.encode({}, input)),
    learn: (input, label) => learn({ kind: 'classification', input, label, weight: 1 }),
  };
}

export async function openRanker(declaration: RankingTask, backendName: BackendName = 'cpu'): Promise<OpenedRanker> {
  const task = parseTask(declaration);
  const backend = await openBackend(backendName);
  const hash = schemaHash(task);
  const model = new RankingModel(task, { backend, checkpoint: freshCheckpoint(task, hash), replayed: [] });
  const learn = learner(model);
  const { context: contextSchema, candidate: candidateSchema } = task.schema;
  return {
    ...opened(model, backend),
    predictRewards: (context, candidates) => {
      const parsed = parseFeatures(contextSchema, context);
      const encode = (candidate: Features) => model.encoder.encode(parsed, parseFeatures(candidateSchema, candidate));
      return model.predictRewards(candidates.map(encode));
    },
    learn: (context, candidate, reward) =>
      learn({
        kind: 'ranking',
        context: parseFeatures(contextSchema, context),
        candidateId: 'candidate',
        candidate: parseFeatures(candidateSchema, candidate),
        reward,
        propensity: 1,
        slot: 0,
        weight: 1,
      }),
  };
}

/** Numbers the experiences as a log would. */
function learner(model: Model): (payload: ExperiencePayload) => Promise<void> {
  let position = 0;
  return (payload) => {
    position++;
    const id = String(position);
    return model.learnOne({ experienceId: id, decisionId: id, modelKey: 'bench', observedAtMs: 0, payload, position });
  };
}

function opened(model: Model, backend: ComputeBackend): OpenedModel {
  return {
    stateBytes: async () => encodeCheckpoint(await model.checkpoint()).byteLength,
    dispose: () => {
      model.dispose();
      backend.dispose();
    },
  };
}
