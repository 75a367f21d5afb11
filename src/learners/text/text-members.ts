import type { OnlineClassifier } from '../online-model.ts';
import type { RowShape } from '../row.ts';
import { HashedCentroids } from './hashed-centroids.ts';
import { HashedSoftmax } from './hashed-softmax.ts';

/** Weights or sums of a member; at 77 classes these are 2,048 buckets. */
const BYTES = 640 * 1024;

/**
 * Members for a classification task with a text, beside those that every task gets: one that tells classes apart and doubts labels which seem impossible,
 * and one that only counts, for classes that come in turns. About 1.3 MB together at 77 classes, whatever the texts.
 * @param classCount as known now; `growClasses` makes room for more within the same bytes
 */
export function textClassifierMembers(
  _shape: RowShape,
  classCount: number,
  _seed: number,
): { readonly name: string; readonly model: OnlineClassifier }[] {
  return [
    {
      name: 'text softmax in doubt',
      model: new HashedSoftmax(classCount, { rate: 0.4, doubt: 0.5, budgetBytes: BYTES }),
    },
    { name: 'text nearest centroid', model: new HashedCentroids(classCount, BYTES) },
  ];
}
