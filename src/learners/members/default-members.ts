import type { OnlineClassifier } from '../online-model.ts';
import type { RowShape } from '../row.ts';
import { AdaptiveForest } from './adaptive-forest.ts';
import { BinnedInteractions } from './binned-interactions.ts';
import { KernelRidge } from './kernel-ridge.ts';
import { LinearClassifier } from './linear-classifier.ts';
import { MondrianForest } from './mondrian-forest.ts';
import { NaiveBayes } from './naive-bayes.ts';
import { NearestNeighbours } from './nearest-neighbours.ts';
import { NewtonClassifier } from './newton-classifier.ts';
import { TemporalContext, type CreateModel } from './temporal-context.ts';

export interface ClassifierMember {
  readonly name: string;
  readonly model: OnlineClassifier;
  /** It tells classes that were not seen lately from those that were: see the combiner. */
  readonly remembers?: boolean;
}

export interface DefaultMembersOptions {
  /**
   * Whether some follow the last labels. They help where a label is known before the next prediction; elsewhere they overrate themselves, because what they
   * are tested on when they learn was not known when they predicted.
   */
  readonly inContext: boolean;
}

/** For the combiner of these members. */
export function rememberingOf(members: readonly ClassifierMember[]): number[] {
  return members.flatMap(({ remembers }, index) => (remembers === true ? [index] : []));
}

/** Weights of a linear model beyond which one of them has to do: work grows with dense numbers times classes. */
const MOST_LINEAR_WEIGHTS = 4096;
/** Dense numbers up to which second-order steps are cheap enough: work grows with their square. */
const MOST_NEWTON_NUMBERS = 64;

/**
 * The members that every classification task gets, chosen on the seeded synthetic streams in bench/streams. Each errs in its own way: linear ones by bias,
 * neighbours and kernels by smoothness, trees by axis-parallel steps; two linear models and one forest also see where the stream has just been, and one of
 * these expects labels to be wrong.
 * Cost is bounded by shape: trees, kernels and neighbours read at most 40 embedding values and 24 hashed slots, their memory has a budget.
 * @param classCount as known now; {@link OnlineClassifier.growClasses} makes room for more
 */
export function defaultClassifierMembers(
  shape: RowShape,
  classCount: number,
  seed: number,
  { inContext }: DefaultMembersOptions = { inContext: true },
): ClassifierMember[] {
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
    ...(inContext ? [forestInContext(shape, classCount, seed)] : []),
    {
      name: 'Mondrian forest',
      model: new MondrianForest(shape, classCount, { trees: 6, bytes: 300_000, window: 2000, seed: seed + 2 }),
      remembers: true,
    },
  ];
  if (shape.denseSize * classCount > MOST_LINEAR_WEIGHTS) return members;
  return [...members, ...(inContext ? currentLinear(shape, classCount) : newtonAlone(shape, classCount))];
}

function forestInContext(shape: RowShape, classCount: number, seed: number): ClassifierMember {
  const create: CreateModel = (wider, classes) =>
    new AdaptiveForest(wider, classes, { trees: 4, bytes: 150_000, seed: seed + 1 });
  return { name: 'forest in context', model: new TemporalContext(shape, classCount, create) };
}

/** What follows where the stream has just been; the fast one does so by its weights. */
function currentLinear(shape: RowShape, classCount: number): ClassifierMember[] {
  const stepping =
    (rate: number): CreateModel =>
    (wider, classes) =>
      new LinearClassifier(wider, classes, { steps: 'adagrad', rate });
  const isNarrow = shape.denseSize <= MOST_NEWTON_NUMBERS;
  return [
    { name: 'fast linear', model: new LinearClassifier(shape, classCount, { steps: 'constant', rate: 0.3 }) },
    { name: 'linear in context', model: new TemporalContext(shape, classCount, stepping(0.3)) },
    isNarrow
      ? { name: 'Newton in context', model: new TemporalContext(shape, classCount, newton) }
      : { name: 'calm linear in context', model: new TemporalContext(shape, classCount, stepping(0.1)) },
  ];
}

function newtonAlone(shape: RowShape, classCount: number): ClassifierMember[] {
  return shape.denseSize <= MOST_NEWTON_NUMBERS ? [{ name: 'Newton', model: newton(shape, classCount) }] : [];
}

function newton(shape: RowShape, classCount: number): NewtonClassifier {
  return new NewtonClassifier(shape, classCount, { drift: 1e-4 });
}

/** Fewer places for many classes. */
function binnedInteractions(shape: RowShape, classCount: number, seed: number): BinnedInteractions {
  const places = classCount <= 4 ? 4096 : classCount <= 16 ? 1024 : 256;
  return new BinnedInteractions(shape, classCount, { rate: 0.1, pairs: 120, triples: 80, places, seed });
}
