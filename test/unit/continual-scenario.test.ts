import { describe, expect, it } from 'vitest';
import type { ContinualMethod } from '../../bench/learning/continual/method.ts';
import { PIXELS, type ImageSet, type Mnist } from '../../bench/learning/continual/mnist.ts';
import { runScenario } from '../../bench/learning/continual/run-scenario.ts';
import { permutedMnist, rotatedMnist, splitMnist } from '../../bench/learning/continual/scenario.ts';

/** Ten images a digit; each has its number at one pixel. */
function imageSet(count: number): ImageSet {
  const pixels = new Float32Array(count * PIXELS);
  for (let index = 0; index < count; index++) pixels[index * PIXELS + 300] = (index + 1) / count;
  return { count, pixels, labels: Uint8Array.from({ length: count }, (_, index) => index % 10) };
}
const mnist: Mnist = { train: imageSet(100), test: imageSet(50) };

/** Answers with the classes of the last task that it saw, and is right about those alone. */
function forgetful(): ContinualMethod & { readonly positions: number[] } {
  const positions: number[] = [];
  let task = -1;
  return {
    positions,
    async learn(position, images) {
      positions.push(...images.map((_, index) => position + index));
      task = Math.floor(images[0]!.label / 2);
    },
    settle: async () => {},
    predict: async (images) => images.map(({ label }) => (Math.floor(label / 2) === task ? label : -1)),
    storedSamples: () => 7,
    stateBytes: async () => 11,
    dispose() {},
  };
}

describe('continual scenarios', () => {
  it('split: every image once, two digits at a time', () => {
    const { tasks, batchSize } = splitMnist(mnist, 1);
    expect(batchSize).toBe(10);
    expect(tasks.flatMap(({ train }) => train).sort((a, b) => a - b)).toEqual([...Array(100).keys()]);
    tasks.forEach(({ train, test }, task) => {
      for (const place of train) expect(Math.floor(mnist.train.labels[place]! / 2)).toBe(task);
      for (const place of test) expect(Math.floor(mnist.test.labels[place]! / 2)).toBe(task);
    });
  });

  it('permuted and rotated: the same digits, pixels moved, another way in every task', () => {
    for (const scenario of [permutedMnist(mnist, 1, 3), rotatedMnist(mnist, 1, 3)]) {
      const views = scenario.tasks.map(({ view }) => view(mnist.train, 4));
      expect(views.map(({ label }) => label)).toEqual([4, 4, 4]);
      const places = views.map(({ pixels }) => pixels.findIndex((value) => value > 0));
      expect(new Set(places).size).toBe(3);
      for (const { pixels } of views) expect(pixels).toHaveLength(PIXELS);
    }
  });

  it('comes in another order with another seed, and in the same with the same', () => {
    const orderOf = (seed: number) => splitMnist(mnist, seed).tasks.map(({ train }) => train);
    expect(orderOf(2)).toEqual(orderOf(2));
    expect(orderOf(2)).not.toEqual(orderOf(3));
  });

  it('measures accuracy, forgetting and backward transfer', async () => {
    const method = forgetful();
    const { metrics, cost } = await runScenario(method, splitMnist(mnist, 1), mnist, () => 0);
    expect(metrics).toEqual({ accuracy: 0.2, forgetting: 1, backwardTransfer: -1, storedSamples: 7 });
    expect(cost.stateBytes).toBe(11);
    expect(method.positions, 'log positions, one after the other').toEqual([...Array(100).keys()].map((i) => i + 1));
  });
});
