import type { ClassificationTask, Features } from '../../../src/core/task.ts';
import { featureSchemas, parseTask } from '../../../src/learners/task-schema.ts';
import { parseFeatures } from '../../../src/learners/feature-value.ts';
import { createEncoder } from '../../../src/learners/fresh-learner.ts';
import type { OnlineClassifier } from '../../../src/learners/online-model.ts';
import type { RowShape } from '../../../src/learners/row.ts';
import { openClassifier } from '../harness/open-model.ts';

/** What a benchmark drives: features in, probabilities by class name out. Classes are met on the way. */
export interface StreamLearner {
  /** Nothing before the first label. */
  predict(features: Features): Probabilities | Promise<Probabilities>;
  learn(features: Features, label: string): void | Promise<void>;
  stateBytes(): number | Promise<number>;
  dispose?(): void;
}

type Probabilities = Readonly<Record<string, number>>;

type CreateModel = (shape: RowShape, classCount: number, seed: number) => OnlineClassifier;

/** The runtime's model with the task's defaults. */
export async function openDefaultLearner(task: ClassificationTask): Promise<StreamLearner> {
  const model = await openClassifier(task);
  return {
    async predict(features) {
      const probabilities = await model.predictProba(model.parse(features));
      return Object.fromEntries(model.classes.map((name, index) => [name, probabilities[index] ?? 0]));
    },
    learn: (features, label) => model.learn(model.parse(features), label),
    stateBytes: () => model.stateBytes(),
    dispose: () => {
      model.dispose();
    },
  };
}

/** A model in typed arrays on its own. */
export function openStreamLearner(declaration: ClassificationTask, create: CreateModel): StreamLearner {
  const task = parseTask(declaration);
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
