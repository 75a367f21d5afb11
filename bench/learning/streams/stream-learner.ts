import type { Features } from '../../../src/core/task.ts';
import { featureSchemas, type ParsedTask } from '../../../src/learners/task-schema.ts';
import { parseFeatures } from '../../../src/learners/feature-value.ts';
import { createEncoder } from '../../../src/learners/fresh-learner.ts';
import type { OnlineClassifier } from '../../../src/learners/online-model.ts';
import { ClassifierEnsemble } from '../../../src/learners/members/classifier-ensemble.ts';
import { defaultClassifierMembers } from '../../../src/learners/members/default-members.ts';
import type { RowShape } from '../../../src/learners/row.ts';

/** What a benchmark drives: features in, probabilities by class name out. Classes are met on the way. */
export interface StreamLearner {
  /** Nothing before the first label. */
  predict(features: Features): Readonly<Record<string, number>>;
  learn(features: Features, label: string): void;
  stateBytes(): number;
}

type CreateModel = (shape: RowShape, classCount: number, seed: number) => OnlineClassifier;

const ensemble: CreateModel = (shape, classCount, seed) =>
  new ClassifierEnsemble(defaultClassifierMembers(shape, classCount, seed), classCount);

/** The default learner for a task, or one made of `create`. */
export function openStreamLearner(task: ParsedTask, create: CreateModel = ensemble): StreamLearner {
  const schema = featureSchemas(task).item;
  const encoder = createEncoder(task);
  const classes: string[] = [];
  const model = create(encoder.shape, 2, task.seed);
  let probabilities = new Float64Array(2);
  const indexOf = (label: string): number => {
    const known = classes.indexOf(label);
    if (known >= 0) return known;
    classes.push(label);
    if (classes.length > probabilities.length) {
      model.growClasses(classes.length);
      probabilities = new Float64Array(classes.length);
    }
    return classes.length - 1;
  };
  return {
    predict(features) {
      model.predictProbaOne(encoder.row(encoder.encode({}, parseFeatures(schema, features))), probabilities);
      return Object.fromEntries(classes.map((name, index) => [name, probabilities[index] ?? 0]));
    },
    learn(features, label) {
      const input = encoder.encode({}, parseFeatures(schema, features));
      encoder.learnOne(input);
      model.learnOne(encoder.row(input), indexOf(label), 1);
    },
    stateBytes: () => Object.values(model.state().tensors).reduce((total, tensor) => total + tensor.byteLength, 0),
  };
}
