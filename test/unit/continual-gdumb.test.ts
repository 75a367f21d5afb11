import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ComputeBackend } from '../../src/compute/compute.ts';
import { initialState } from '../../src/compute/fresh-network-state.ts';
import { openBackend } from '../../src/compute/open-backend.ts';
import { GDumb } from '../../src/continual/gdumb.ts';
import { Rng } from '../../src/core/rng.ts';
import type { ClassificationTask } from '../../src/core/task.ts';
import type { Example } from '../../src/learners/learner.ts';
import { expectCode } from '../support/expect-code.ts';
import { openLearner, type OpenedLearner } from '../support/learner.ts';

const task: ClassificationTask = {
  id: 'stored',
  kind: 'classification',
  schema: { input: { x: 'numeric', y: 'numeric' } },
  learner: { hiddenSize: 8, learningRate: 0.02 },
};
const STEPS = 150;

let backend: ComputeBackend;
beforeAll(async () => {
  backend = await openBackend('wasm');
});
afterAll(() => backend.dispose());

function open(): { opened: OpenedLearner; strategy: GDumb } {
  const opened = openLearner(task, backend);
  const freshNetwork = () => initialState(opened.learner.spec, Rng.fromSeed(5));
  const options = { capacity: 30, steps: () => STEPS, batchSize: 16, freshNetwork };
  return { opened, strategy: new GDumb(opened.learner, options, Rng.fromSeed(6)) };
}

/** Three classes in three corners, one after the other. */
function exampleAt({ input }: OpenedLearner, position: number): Example {
  const corner = Math.floor((position - 1) / 40);
  const rng = Rng.fromSeed(position);
  const near = (centre: number): number => centre + 0.3 * rng.nextGaussian();
  return {
    input: input({ x: near(corner === 0 ? 0 : 3), y: near(corner === 1 ? 0 : 3) }),
    target: { label: `corner ${corner}` },
    weight: 1,
  };
}

async function learnAll({ opened, strategy }: ReturnType<typeof open>): Promise<void> {
  for (let position = 1; position <= 120; position++) await strategy.learnOne(position, exampleAt(opened, position));
}

describe('GDumb', () => {
  it('stores first and trains from scratch in slices, on all classes alike', async () => {
    const running = open();
    await learnAll(running);
    const { learner } = running.opened;
    expect((await learner.state()).network.step).toBe(0);
    let slices = 1;
    while (await running.strategy.retrain(40)) slices++;
    expect(slices).toBe(Math.ceil(STEPS / 40));
    expect((await learner.state()).network.step).toBe(STEPS);
    for (const position of [3, 50, 100]) {
      const probabilities = await learner.predictProbaOne(exampleAt(running.opened, position).input);
      expect(learner.classes[probabilities.indexOf(Math.max(...probabilities))]).toBe(
        `corner ${Math.floor((position - 1) / 40)}`,
      );
    }
    expect(await running.strategy.retrain(40), 'nothing new, nothing to do').toBe(false);
    expect((await learner.state()).network.step).toBe(STEPS);
    learner.dispose();
  });

  it('starts over when something new was stored', async () => {
    const running = open();
    await learnAll(running);
    await running.strategy.retrain(100);
    await running.strategy.learnOne(121, exampleAt(running.opened, 5));
    await running.strategy.retrain(10);
    expect((await running.opened.learner.state()).network.step).toBe(10);
    running.opened.learner.dispose();
  });

  it('goes on from its state with the same bits, in the middle of a retraining', async () => {
    const running = open();
    await learnAll(running);
    await running.strategy.retrain(30);
    const other = open();
    const restored = {
      opened: openLearner(task, backend, await running.opened.learner.state()),
      strategy: other.strategy,
    };
    const freshNetwork = () => initialState(restored.opened.learner.spec, Rng.fromSeed(5));
    const options = { capacity: 30, steps: () => STEPS, batchSize: 16, freshNetwork };
    restored.strategy = new GDumb(restored.opened.learner, options, Rng.fromSeed(99));
    restored.strategy.restore(structuredClone(running.strategy.state()), (key) => exampleAt(restored.opened, key));
    for (const { strategy } of [running, restored]) while (await strategy.retrain(50));
    expect(await restored.opened.learner.state()).toEqual(await running.opened.learner.state());
    for (const { opened } of [running, restored, other]) opened.learner.dispose();
  });

  it('finishes a retraining before the next begins, where steps are taken behind each example', async () => {
    const opened = openLearner(task, backend);
    const freshNetwork = () => initialState(opened.learner.spec, Rng.fromSeed(5));
    const options = {
      capacity: 30,
      steps: (stored: number) => 2 * stored,
      stepsPerExample: 3,
      batchSize: 16,
      freshNetwork,
    };
    const strategy = new GDumb(opened.learner, options, Rng.fromSeed(6));
    const stepsAfter = async (position: number): Promise<number> => {
      await strategy.learnOne(position, exampleAt(opened, position));
      return (await opened.learner.state()).network.step;
    };
    // 2 steps for one example, then nothing is new; then 4 for the two that are stored, over two examples, 8 for four.
    expect([await stepsAfter(1), await stepsAfter(2), await stepsAfter(3), await stepsAfter(4)]).toEqual([2, 3, 2, 5]);
    opened.learner.dispose();
  });

  it('refuses a damaged state', async () => {
    const { opened, strategy } = open();
    const { keys, part } = strategy.state();
    const find = () => undefined;
    for (const values of [
      {},
      { ...part.values, stepsLeft: STEPS + 1 },
      { ...part.values, rng: [1, 2] },
      { ...part.values, changed: 1 },
    ]) {
      await expectCode(() => strategy.restore({ keys, part: { ...part, values } }, find), 'CHECKPOINT_CORRUPT');
    }
    opened.learner.dispose();
  });
});
