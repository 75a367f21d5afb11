import type { OnlineClassifier } from '../online-model.ts';
import type { RowShape } from '../row.ts';
import { AdaptiveForest } from './adaptive-forest.ts';
import { BinnedInteractions } from './binned-interactions.ts';
import { KernelRidge } from './kernel-ridge.ts';
import { LinearClassifier } from './linear-classifier.ts';
import { MondrianForest } from './mondrian-forest.ts';
import { NaiveBayes } from './naive-bayes.ts';
import { NearestNeighbours } from './nearest-neighbours.ts';
import { TemporalContext } from './temporal-context.ts';

export interface ClassifierMember {
  readonly name: string;
  readonly model: OnlineClassifier;
  /** It tells classes that were not seen lately from those that were: see the combiner. */
  readonly remembers?: boolean;
}

/** For the combiner of these members. */
export function rememberingOf(members: readonly ClassifierMember[]): number[] {
  return members.flatMap(({ remembers }, index) => (remembers === true ? [index] : []));
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
    { name: 'binned interactions', model: binnedInteractions(shape, classCount, seed) },
    { name: 'naive Bayes', model: new NaiveBayes(shape, classCount, { window: 100 }), remembers: true },
    {
      name: 'nearest neighbours',
      model: new NearestNeighbours(shape, classCount, { neighbours: 10, window: 1000, numbers: 2500, seed }),
    },
    { name: 'kernel ridge', model: new KernelRidge(shape, classCount, { features: 72, drift: 3e-5, seed }) },
    { name: 'forest', model: new AdaptiveForest(shape, classCount, { trees: 10, bytes: 350_000, seed }) },
    {
      name: 'forest in context',
      model: new TemporalContext(
        shape,
        classCount,
        (wider, classes) => new AdaptiveForest(wider, classes, { trees: 4, bytes: 150_000, seed: seed + 1 }),
      ),
    },
    {
      name: 'Mondrian forest',
      model: new MondrianForest(shape, classCount, { trees: 6, bytes: 300_000, window: 2000, seed: seed + 2 }),
      remembers: true,
    },
  ];
  if (!isSmall) return members;
  const fast = new LinearClassifier(shape, classCount, { steps: 'constant', rate: 0.3 });
  const inContext = (rate: number) =>
    new TemporalContext(
      shape,
      classCount,
      (wider, classes) => new LinearClassifier(wider, classes, { steps: 'adagrad', rate }),
    );
  return [
    ...members,
    { name: 'fast linear', model: fast },
    { name: 'linear in context', model: inContext(0.3) },
    { name: 'calm linear in context', model: inContext(0.1) },
  ];
}

/** Fewer places for many classes. */
function binnedInteractions(shape: RowShape, classCount: number, seed: number): BinnedInteractions {
  const places = classCount <= 4 ? 4096 : classCount <= 16 ? 1024 : 256;
  return new BinnedInteractions(shape, classCount, { rate: 0.1, pairs: 120, triples: 80, places, seed });
}
