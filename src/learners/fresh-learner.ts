import type { NetworkSpec } from '../compute/compute.ts';
import { initialState } from '../compute/fresh-network-state.ts';
import { Rng } from '../core/rng.ts';
import { defaultHashSize, FeatureEncoder } from './feature-encoder.ts';
import type { ModelState, NetworkPart } from './model-state.ts';
import { featureSchemas, isNeuralLinear, type ParsedTask, type ParsedNetworkTask } from './task-schema.ts';
import { taskShape } from './task-shape.ts';

interface NetworkDefaults {
  readonly hiddenSize: number;
  readonly learningRate: number;
  /** Replayed examples beside each fresh one. */
  readonly replaySize: number;
}

/** A visitor's click is rare and must show at once; a stream has time, and a smaller rate keeps its probabilities honest. */
const RANKING: NetworkDefaults = { hiddenSize: 32, learningRate: 0.01, replaySize: 15 };
const CLASSIFICATION: NetworkDefaults = { hiddenSize: 32, learningRate: 0.005, replaySize: 15 };
/** For vectors (images, embeddings), where the network carries more. */
const VECTORS: NetworkDefaults = { hiddenSize: 100, learningRate: 0.001, replaySize: 22 };

export function networkDefaults(task: ParsedNetworkTask): NetworkDefaults {
  if (task.kind === 'ranking') return RANKING;
  return taskShape(featureSchemas(task)).isVector ? VECTORS : CLASSIFICATION;
}

export function createEncoder(task: ParsedTask): FeatureEncoder {
  const schemas = featureSchemas(task);
  return new FeatureEncoder(schemas, task.learner.hashSize ?? defaultHashSize(schemas));
}

function declaredClasses(task: ParsedNetworkTask): string[] {
  return task.kind === 'classification' ? [...new Set(task.classes)] : [];
}

/** The network that the declaration asks for, before it has met a class that was not declared. */
export function freshSpec(task: ParsedNetworkTask, encoder: FeatureEncoder): NetworkSpec {
  const classes = declaredClasses(task).length;
  const defaults = networkDefaults(task);
  const hiddenSize = task.learner.hiddenSize ?? defaults.hiddenSize;
  return {
    inputSize: encoder.size,
    hiddenSizes: hiddenSize > 0 ? [hiddenSize] : [],
    wide: true,
    outputSize: task.kind === 'ranking' ? 1 : Math.max(2, 2 ** Math.ceil(Math.log2(Math.max(1, classes)))),
    loss: task.kind === 'ranking' ? 'logistic' : 'softmax-cross-entropy',
    optimizer: {
      kind: 'adam',
      learningRate: task.learner.learningRate ?? defaults.learningRate,
      beta1: 0.9,
      beta2: 0.999,
      epsilon: 1e-8,
      weightDecay: 0,
    },
    batchSize: 1 + (task.learner.replaySize ?? defaults.replaySize),
  };
}

/** The network of a model that has learned nothing; the same seed gives the same weights on every backend. */
export function freshNetwork(task: ParsedNetworkTask, encoder: FeatureEncoder): NetworkPart {
  const spec = freshSpec(task, encoder);
  return { spec, state: initialState(spec, Rng.fromSeed(task.seed)) };
}

/** The state of a model that has learned nothing. Parts in typed arrays make their own beginnings from the seed. */
export function freshModelState(task: ParsedTask, encoder: FeatureEncoder): ModelState {
  const network = hasNetwork(task) ? freshNetwork(task, encoder) : null;
  const classes = task.kind === 'classification' ? declaredClasses(task) : [];
  return { features: encoder.state(), classes, network, parts: {} };
}

/**
 * Vectors are classified with the help of a network, and neural-linear Thompson sampling ranks on one; other tasks have one where they ask for a hidden layer. On single features it adds nothing to the small
 * models beside it and costs as much as all of them (bench/README.md).
 */
export function hasNetwork(task: ParsedTask): task is ParsedNetworkTask {
  if (task.kind !== 'ranking' && task.kind !== 'classification') return false;
  if (task.learner.hiddenSize !== undefined) return task.learner.hiddenSize > 0;
  return isNeuralLinear(task) || (task.kind === 'classification' && taskShape(featureSchemas(task)).isVector);
}

/** The shape that a stored network must have to fit the task; null for a task whose model has none. */
export function expectedSpec(task: ParsedTask): NetworkSpec | null {
  return hasNetwork(task) ? freshSpec(task, createEncoder(task)) : null;
}
