import type { Cost } from '../benchmark.ts';
import type { ContinualMethod } from './method.ts';
import type { ImageSet, Mnist } from './mnist.ts';
import type { ContinualTask, LabelledImage, Scenario } from './scenario.ts';

export interface ScenarioResult {
  readonly metrics: Readonly<Record<string, number>>;
  readonly cost: Cost;
}

/** Test images of a task that are asked after every task; at the end all of them are. */
const PROBES = 500;
const PREDICT_BATCH = 250;

/**
 * Learns the tasks one after the other, once, and tests on all. `accuracy` is the mean over tasks at the end; `forgetting` (Chaudhry et al. 2018,
 * arXiv 1801.10112) and `backwardTransfer` (Lopez-Paz and Ranzato 2017, arXiv 1706.08840) compare with earlier answers on the first 500 test images of each task.
 */
export async function runScenario(
  method: ContinualMethod,
  { tasks, batchSize }: Scenario,
  { train, test }: Mnist,
  monotonicMs: () => number,
): Promise<ScenarioResult> {
  const probes: number[][] = [];
  const learnMs: number[] = [];
  let position = 1;
  for (const [index, task] of tasks.entries()) {
    for (let start = 0; start < task.train.length; start += batchSize) {
      const images = viewsOf(task, train, task.train.slice(start, start + batchSize));
      const before = monotonicMs();
      await method.learn(position, images);
      learnMs.push((monotonicMs() - before) / images.length);
      position += images.length;
    }
    if (index === tasks.length - 1) await method.settle();
    const seen = tasks.slice(0, index + 1);
    probes.push(await Promise.all(seen.map((earlier) => accuracy(method, earlier, test, PROBES))));
  }
  const before = monotonicMs();
  const final: number[] = [];
  for (const task of tasks) final.push(await accuracy(method, task, test, Infinity));
  const asked = tasks.reduce((sum, task) => sum + task.test.length, 0);
  return {
    metrics: { accuracy: mean(final), ...transfer(probes), storedSamples: method.storedSamples() },
    cost: {
      predictUs: (1000 * (monotonicMs() - before)) / asked,
      learnUs: 1000 * median(learnMs),
      stateBytes: await method.stateBytes(),
    },
  };
}

async function accuracy(method: ContinualMethod, task: ContinualTask, test: ImageSet, most: number): Promise<number> {
  const places = task.test.slice(0, most);
  let right = 0;
  for (let start = 0; start < places.length; start += PREDICT_BATCH) {
    const images = viewsOf(task, test, places.slice(start, start + PREDICT_BATCH));
    const answers = await method.predict(images);
    right += images.filter(({ label }, index) => answers[index] === label).length;
  }
  return right / places.length;
}

function viewsOf({ view }: ContinualTask, set: ImageSet, places: readonly number[]): LabelledImage[] {
  return places.map((place) => view(set, place));
}

function transfer(probes: readonly (readonly number[])[]): { forgetting: number; backwardTransfer: number } {
  const last = probes[probes.length - 1]!;
  const earlier = last.slice(0, -1);
  const best = earlier.map((_, task) => Math.max(...probes.slice(task, -1).map((row) => row[task]!)));
  return {
    forgetting: mean(earlier.map((accuracyNow, task) => best[task]! - accuracyNow)),
    backwardTransfer: mean(earlier.map((accuracyNow, task) => accuracyNow - probes[task]![task]!)),
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
}
