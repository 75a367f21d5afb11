import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ComputeBackend } from '../../src/compute/compute.ts';
import { ExperienceReplay, type ReplayState } from '../../src/continual/experience-replay.ts';
import { Rng } from '../../src/core/rng.ts';
import type { ClassificationTask } from '../../src/core/task.ts';
import type { Example, LearnerState } from '../../src/learners/learner.ts';
import { openInNode } from '../conformance/compute-open-in-node.ts';
import '../support/fixed-seed.ts';
import { openLearner, type OpenedLearner } from '../support/learner.ts';

const task: ClassificationTask = {
  id: 'replayed',
  kind: 'classification',
  schema: { input: { x: 'numeric', topic: 'categorical' } },
  learner: { hiddenSize: 4, hashSize: 16, replaySize: 5 },
};
const options = { replaySize: 5, capacity: 6, stepsPerExample: 2 };
const EXAMPLES = 24;

interface Running {
  readonly opened: OpenedLearner;
  readonly replay: ExperienceReplay;
}

/** Classes come up one after the other, so that outputs grow on the way. */
const exampleAt = ({ input }: OpenedLearner, position: number): Example => ({
  input: input({ x: Math.sin(position), topic: `topic ${position % 4}` }),
  target: { label: `class ${Math.min(position % 5, Math.floor(position / 6))}` },
  weight: 1,
});

describe.each(['cpu', 'wasm'] as const)('ExperienceReplay on %s', (name) => {
  let backend: ComputeBackend;
  beforeAll(async () => {
    backend = await openInNode(name);
  });
  afterAll(() => backend.dispose());

  function start(stored?: { learner: LearnerState; replay: ReplayState }): Running {
    const opened = openLearner(task, backend, stored?.learner);
    const replay = new ExperienceReplay(opened.learner, options, Rng.fromSeed(7));
    if (stored) replay.restore(stored.replay, (position) => exampleAt(opened, position));
    return { opened, replay };
  }

  async function stateOf({ opened, replay }: Running) {
    return { learner: await opened.learner.state(), replay: replay.state() };
  }

  /** Learns everything; what runs is thrown away after each of `kills`, and goes on from its state. */
  async function learnAll(kills: ReadonlySet<number>) {
    let running = start();
    for (let position = 1; position <= EXAMPLES; position++) {
      await running.replay.learnOne(position, exampleAt(running.opened, position));
      if (!kills.has(position)) continue;
      const stored = structuredClone(await stateOf(running));
      running.opened.learner.dispose();
      running = start(stored);
    }
    const last = await stateOf(running);
    running.opened.learner.dispose();
    return last;
  }

  it('that is killed anywhere and restored ends with the bits of one that never was', async () => {
    const unharmed = await learnAll(new Set());
    expect(unharmed.learner.classes).toHaveLength(5);
    const kills = fc.uniqueArray(fc.integer({ min: 1, max: EXAMPLES }), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(kills, async (positions) => {
        expect(await learnAll(new Set(positions))).toEqual(unharmed);
      }),
      { numRuns: 25 },
    );
  });

  it('takes its steps on each example and remembers it under its position', async () => {
    const running = start();
    for (let position = 1; position <= 4; position++) {
      await running.replay.learnOne(10 * position, exampleAt(running.opened, position));
    }
    const { learner, replay } = await stateOf(running);
    expect(learner.network.step).toBe(4 * options.stepsPerExample);
    expect(learner.features['item.x']?.count, 'replayed examples are not counted again').toBe(4);
    expect(replay.buffer).toEqual({ keys: [10, 20, 30, 40], seen: 4 });
    running.opened.learner.dispose();
  });
});
