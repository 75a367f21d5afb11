import { Rng } from '../../src/core/rng.ts';
import type { ClassificationTask } from '../../src/core/task.ts';

const SIZE = 64;
const CLASSES = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j'];

/** Vectors of ten classes: a task whose model has a network, so that backends matter. */
export const networkTask: ClassificationTask = {
  kind: 'classification',
  id: 'vectors',
  schema: { input: { vector: { type: 'embedding', size: SIZE } } },
  classes: CLASSES,
};

export interface LabelledVector {
  readonly vector: readonly number[];
  readonly label: string;
}

/** Each class around a centre of its own. */
export function labelledVectors(count: number, seed: number): readonly LabelledVector[] {
  const rng = Rng.fromSeed(seed);
  const gaussian = () => rng.nextGaussian();
  const centres = CLASSES.map(() => Array.from({ length: SIZE }, gaussian));
  return Array.from({ length: count }, () => {
    const index = rng.nextInt(CLASSES.length);
    return { vector: centres[index]!.map((value) => value + gaussian()), label: CLASSES[index]! };
  });
}
