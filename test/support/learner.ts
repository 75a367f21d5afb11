import type { ComputeBackend } from '../../src/compute/compute.ts';
import type { ClassificationTask, Features, RankingTask } from '../../src/core/task.ts';
import { createEncoder, freshModelState, freshNetwork } from '../../src/learners/fresh-learner.ts';
import { parseFeatures } from '../../src/learners/feature-value.ts';
import type { FeatureEncoder, EncodedInput } from '../../src/learners/feature-encoder.ts';
import type { LearnerState } from '../../src/learners/learner.ts';
import { NetworkLearner } from '../../src/learners/network-learner.ts';
import { featureSchemas, parseTask } from '../../src/learners/task-schema.ts';

export interface OpenedLearner {
  readonly learner: NetworkLearner;
  readonly encoder: FeatureEncoder;
  /** The input of a page's features, parsed and encoded. */
  readonly input: (item: Features, context?: Features) => EncodedInput;
}

/** The network of a task as the runtime makes it, from `state` or fresh. */
export function openLearner(
  declaration: ClassificationTask | RankingTask,
  backend: ComputeBackend,
  state?: LearnerState,
): OpenedLearner {
  const task = parseTask(declaration);
  const schemas = featureSchemas(task);
  const encoder = createEncoder(task);
  const { features, classes } = freshModelState(task, encoder);
  const { spec, state: network } = freshNetwork(task, encoder);
  const learner = new NetworkLearner(encoder, backend, state ?? { spec, network, features, classes });
  return {
    learner,
    encoder,
    input: (item, context = {}) =>
      encoder.encode(parseFeatures(schemas.context, context), parseFeatures(schemas.item, item)),
  };
}
