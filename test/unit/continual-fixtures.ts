import type { ReplayBuffer, ReplayEntry } from '../../src/continual/replay-buffer.ts';
import type { Rng } from '../../src/core/rng.ts';
import type { Example } from '../../src/learners/learner.ts';

export const exampleOf = (label: string, weight = 1): Example => ({
  input: { context: {}, item: {}, tokens: [] },
  target: { label },
  weight,
});

export const entryOf = (key: number, label = 'a', bytes = 1, loss = 0): ReplayEntry => ({
  key,
  example: exampleOf(label),
  bytes,
  logits: null,
  loss,
});

/** Offers entries with the keys 1, 2, … `count` */
export function offer(
  buffer: ReplayBuffer,
  count: number,
  rng: Rng,
  labelOf: (key: number) => string = () => 'a',
  bytesOf: (key: number) => number = () => 1,
): void {
  for (let key = 1; key <= count; key++) buffer.update(entryOf(key, labelOf(key), bytesOf(key)), rng);
}

export const keysOf = (buffer: ReplayBuffer): number[] => buffer.entries().map(({ key }) => key);

export function countsOf(buffer: ReplayBuffer): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { example } of buffer.entries()) {
    const label = 'label' in example.target ? example.target.label : '';
    counts[label] = (counts[label] ?? 0) + 1;
  }
  return counts;
}
