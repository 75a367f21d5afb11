import type { NetworkSpec } from '../compute/compute.ts';
import { initialState } from '../compute/fresh-network-state.ts';
import { Rng } from '../core/rng.ts';
import { defaultHashSize, FeatureEncoder } from './feature-encoder.ts';
import type { LearnerState } from './learner.ts';
import { featureSchemas, type ParsedTask } from './task-schema.ts';

/** The defaults, chosen on seeded synthetic streams (bench/streams), not on the data sets that are reported. */
const DEFAULTS = {
  hiddenSize: 32,
  /** A visitor's click is rare and must show at once; a stream has time, and a smaller rate keeps its probabilities honest. */
  learningRate: { ranking: 0.01, classification: 0.005 },
  replaySize: 15,
} as const;

export function createEncoder(task: ParsedTask): FeatureEncoder {
  const schemas = featureSchemas(task);
  return new FeatureEncoder(schemas, task.learner.hashSize ?? defaultHashSize(schemas));
}

function declaredClasses(task: ParsedTask): string[] {
  return task.kind === 'classification' ? [...new Set(task.classes)] : [];
}

/** The network that the declaration asks for, before it has met a class that was not declared. */
export function freshSpec(task: ParsedTask, encoder: FeatureEncoder): NetworkSpec {
  const classes = declaredClasses(task).length;
  return {
    inputSize: encoder.size,
    hiddenSize: task.learner.hiddenSize ?? DEFAULTS.hiddenSize,
    outputSize: task.kind === 'ranking' ? 1 : Math.max(2, 2 ** Math.ceil(Math.log2(Math.max(1, classes)))),
    loss: task.kind === 'ranking' ? 'logistic' : 'softmax-cross-entropy',
    optimizer: {
      learningRate: task.learner.learningRate ?? DEFAULTS.learningRate[task.kind],
      beta1: 0.9,
      beta2: 0.999,
      epsilon: 1e-8,
      weightDecay: 0,
    },
    batchSize: 1 + (task.learner.replaySize ?? DEFAULTS.replaySize),
  };
}

/** The state of a model that has learned nothing; the same seed gives the same weights on every backend. */
export function freshLearnerState(task: ParsedTask, encoder: FeatureEncoder): LearnerState {
  const spec = freshSpec(task, encoder);
  const network = initialState(spec, Rng.fromSeed(task.seed));
  return { spec, network, features: encoder.state(), classes: declaredClasses(task) };
}
