import { Combiner } from '../../learners/combiner.ts';
import { classifierMembers } from '../../learners/classifier-members.ts';
import { EnsembleClassifier } from '../../learners/ensemble-classifier.ts';
import type { FeatureEncoder } from '../../learners/feature-encoder.ts';
import { rememberingOf } from '../../learners/members/default-members.ts';
import { featureSchemas, type ParsedClassificationTask } from '../../learners/task-schema.ts';
import { taskShape } from '../../learners/task-shape.ts';
import type { NetworkLearner } from '../../learners/network-learner.ts';
import { around, createNetwork, createRehearsal } from './create-network.ts';
import type { ModelOrigin } from './model.ts';
import type { Rehearsal } from './rehearsal.ts';

interface Classifier {
  readonly classifier: EnsembleClassifier;
  readonly rehearsal: Rehearsal | null;
}

/** The default classifier of a task with everything in it, as the checkpoint has it. @throws CHECKPOINT_* */
export function createClassifier(
  task: ParsedClassificationTask,
  encoder: FeatureEncoder,
  origin: ModelOrigin,
): Classifier {
  const learner = origin.checkpoint.model.network && createNetwork(task, encoder, origin);
  return around(learner, () => ensembleAround(learner, task, encoder, origin));
}

function ensembleAround(
  learner: NetworkLearner | null,
  task: ParsedClassificationTask,
  encoder: FeatureEncoder,
  { checkpoint: { seed, model } }: ModelOrigin,
): Classifier {
  const rehearsal = learner && createRehearsal(task, learner, seed);
  const network = learner && rehearsal && { learner, trainer: rehearsal };
  // As declared, whatever was met since: members choose their form by it, and a stored one must find it again. They grow to the classes of the model.
  const classCount = Math.max(1, task.classes.length);
  const members = classifierMembers(taskShape(featureSchemas(task)), encoder.shape, classCount, seed, {
    inContext: task.labels === 'immediate',
  });
  // The network, which rehearses, is the last.
  const remembering = [...rememberingOf(members), ...(network ? [members.length] : [])];
  const combiner = new Combiner(members.length + (network ? 1 : 0), classCount, remembering);
  const classifier = new EnsembleClassifier({ encoder, network, members, combiner }, model);
  return { classifier, rehearsal };
}
