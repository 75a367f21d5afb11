import type { FeatureSchema } from '../core/task.ts';

/** Values of embeddings from which on they are what a task is about: more than the models of single features can read. */
const VECTOR_SIZE = 48;

/** What a task's inputs are made of, as far as the choice of models depends on it. */
export interface TaskShape {
  /** Vectors of many numbers, e.g. images or sentence embeddings. */
  readonly isVector: boolean;
  readonly hasText: boolean;
  /** Texts and nothing else. */
  readonly isText: boolean;
}

export function taskShape({ context, item }: { context: FeatureSchema; item: FeatureSchema }): TaskShape {
  const declarations = [...Object.values(context), ...Object.values(item)];
  const values = declarations.reduce((sum, one) => sum + (one.type === 'embedding' ? one.size : 0), 0);
  const hasText = declarations.some(({ type }) => type === 'text');
  return {
    isVector: values >= VECTOR_SIZE,
    hasText,
    isText: hasText && declarations.every(({ type }) => type === 'text'),
  };
}
