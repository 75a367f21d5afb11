import type { OnlineClassifier } from '../online-model.ts';
import type { RowShape } from '../row.ts';
import { AdaptiveForest } from './adaptive-forest.ts';
import { KernelRidge } from './kernel-ridge.ts';
import { LinearClassifier } from './linear-classifier.ts';
import { MondrianForest } from './mondrian-forest.ts';
import { NaiveBayes } from './naive-bayes.ts';
import { NearestNeighbours } from './nearest-neighbours.ts';
import { TemporalContext } from './temporal-context.ts';

export interface ClassifierMember {
  readonly name: string;
  readonly model: OnlineClassifier;
}

/** Weights of a linear model beyond which one of them has to do: work grows with dense numbers times classes. */
const MOST_LINEAR_WEIGHTS = 4096;

/**
 * The members that every classification task gets, chosen on the seeded synthetic streams in bench/streams. Each errs in its own way: linear ones by bias,
 * neighbours and kernels by smoothness, trees by axis-parallel steps; one linear model and one forest also see where the stream has just been.
 * Cost is bounded by shape: trees, kernels and neighbours read at most 40 embedding values and 24 hashed slots, their memory has a budget.
 * @param classCount as known now; {@link OnlineClassifier.growClasses} makes room for more
 */
export function defaultClassifierMembers(shape: RowShape, classCount: number, seed: number): ClassifierMember[] {
  const isSmall = shape.denseSize * classCount <= MOST_LINEAR_WEIGHTS;
  const members: ClassifierMember[] = [
    { name: 'linear', model: new LinearClassifier(shape, classCount, { steps: 'adagrad', rate: 0.3 }) },
    { name: 'naive Bayes', model: new NaiveBayes(shape, classCount, { window: 100 }) },
    {
      name: 'nearest neighbours',
      model: new NearestNeighbours(shape, classCount, { neighbours: 10, window: 1000, numbers: 5000, seed }),
    },
    { name: 'kernel ridge', model: new KernelRidge(shape, classCount, { features: 96, drift: 3e-5, seed }) },
    { name: 'forest', model: new AdaptiveForest(shape, classCount, { trees: 10, bytes: 350_000, seed }) },
    {
      name: 'forest in context',
      model: new TemporalContext(
        shape,
        classCount,
        (wider, classes) => new AdaptiveForest(wider, classes, { trees: 6, bytes: 200_000, seed: seed + 1 }),
      ),
    },
    {
      name: 'Mondrian forest',
      model: new MondrianForest(shape, classCount, { trees: 6, bytes: 300_000, window: 2000, seed: seed + 2 }),
    },
  ];
  if (!isSmall) return members;
  const fast = new LinearClassifier(shape, classCount, { steps: 'constant', rate: 0.3 });
  const inContext = new TemporalContext(
    shape,
    classCount,
    (wider, classes) => new LinearClassifier(wider, classes, { steps: 'adagrad', rate: 0.3 }),
  );
  return [...members, { name: 'fast linear', model: fast }, { name: 'linear in context', model: inContext }];
}
