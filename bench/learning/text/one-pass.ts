import type { BenchmarkContext, Cost } from '../benchmark.ts';
import { openDefaultClassifier, openTextMembers, type TextClassifier } from './text-classifier.ts';
import type { TextExample } from './text-data.ts';
import { DEFAULT_METHOD } from '../benchmark.ts';

/** What is compared on texts: name and how to open it. */
export const textMethods: readonly {
  readonly method: string;
  readonly open: (seed: number) => Promise<TextClassifier>;
}[] = [
  { method: DEFAULT_METHOD, open: openDefaultClassifier },
  { method: 'Text members alone', open: async (seed) => openTextMembers(seed) },
  { method: 'Linear model on hashed n-grams', open: async (seed) => openTextMembers(seed, ['text softmax in doubt']) },
  { method: 'Centroids of hashed n-grams', open: async (seed) => openTextMembers(seed, ['text nearest centroid']) },
];

export interface Pass {
  /** Labels predicted for the tests after the whole training split. */
  readonly predicted: readonly (string | null)[];
  /** Share of the training split that was predicted right just before it was learned. */
  readonly progressiveAccuracy: number;
  readonly cost: Cost;
}

/** Every training example once: predicted, then learned; then every test, predicted alone. */
export async function onePass(
  classifier: TextClassifier,
  train: readonly TextExample[],
  test: readonly TextExample[],
  { monotonicMs }: BenchmarkContext,
): Promise<Pass> {
  const [predictMs, learnMs]: [number[], number[]] = [[], []];
  let right = 0;
  for (const { text, label } of train) {
    const start = monotonicMs();
    if ((await classifier.predict(text)) === label) right++;
    const between = monotonicMs();
    await classifier.learn(text, label);
    predictMs.push(between - start);
    learnMs.push(monotonicMs() - between);
  }
  const predicted: (string | null)[] = [];
  for (const { text } of test) predicted.push(await classifier.predict(text));
  const stateBytes = await classifier.stateBytes();
  const cost = { predictUs: 1000 * median(predictMs), learnUs: 1000 * median(learnMs), stateBytes };
  return { predicted, progressiveAccuracy: right / train.length, cost };
}

export function accuracy(predicted: readonly (string | null)[], test: readonly TextExample[]): number {
  return test.filter(({ label }, index) => predicted[index] === label).length / test.length;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
}
