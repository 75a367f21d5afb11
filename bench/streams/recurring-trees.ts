import type { Rng } from '../../src/core/rng.ts';
import { numberedColumns, partOf, type StreamGenerator } from './stream.ts';

const numeric = 5;
const categories = ['a', 'b', 'c', 'd'] as const;
const classes = 3;
const depth = 4;
const parts = 6;
const noise = 0.05;

type Tree =
  number | { readonly feature: number; readonly threshold: number; readonly below: Tree; readonly above: Tree };

/**
 * Labels from random decision trees over numbers and categories, after MOA's RandomTreeGenerator (Domingos and Hulten 2000, doi
 * 10.1145/347090.347107). Two trees take turns, three times each: what was known comes back. 5 % of the labels are drawn at random.
 */
export const recurringTrees: StreamGenerator = {
  columns: [...numberedColumns('x', numeric), 'c1', 'c2', 'label'],
  *rows(count, rng) {
    const trees = [grow(0, rng), grow(0, rng)];
    for (let row = 0; row < count; row++) {
      const numbers = Array.from({ length: numeric }, () => rng.nextFloat());
      const chosen = [rng.nextInt(categories.length), rng.nextInt(categories.length)];
      const tree = trees[partOf(row, count, parts) % trees.length] ?? 0;
      const label = rng.nextFloat() < noise ? rng.nextInt(classes) : leafOf(tree, [...numbers, ...chosen]);
      yield [...numbers, ...chosen.map((index) => categories[index] ?? ''), `class ${String(label + 1)}`];
    }
  },
};

function grow(level: number, rng: Rng): Tree {
  if (level === depth || (level > 2 && rng.nextFloat() < 0.15)) return rng.nextInt(classes);
  const feature = rng.nextInt(numeric + 2);
  const threshold = feature < numeric ? 0.2 + 0.6 * rng.nextFloat() : 0.5 + rng.nextInt(categories.length - 1);
  return { feature, threshold, below: grow(level + 1, rng), above: grow(level + 1, rng) };
}

function leafOf(tree: Tree, values: readonly number[]): number {
  let node = tree;
  while (typeof node !== 'number') node = (values[node.feature] ?? 0) < node.threshold ? node.below : node.above;
  return node;
}
