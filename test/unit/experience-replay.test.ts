import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ComputeBackend } from '../../src/compute/compute.ts';
import { openBackend } from '../../src/compute/open-backend.ts';
import { ClassBalancedBuffer } from '../../src/continual/class-balanced-buffer.ts';
import { ExperienceReplay, type ReplayOptions } from '../../src/continual/experience-replay.ts';
import { LossAwareBuffer } from '../../src/continual/loss-aware-buffer.ts';
import type { ReplayState } from '../../src/continual/replay-state.ts';
import { Rng } from '../../src/core/rng.ts';
import type { ClassificationTask } from '../../src/core/task.ts';
import type { Example, LearnerState } from '../../src/learners/learner.ts';
import '../support/fixed-seed.ts';
import { openLearner, type OpenedLearner } from '../support/learner.ts';

const task: ClassificationTask = {
  id: 'replayed',
  kind: 'classification',
  schema: { input: { x: 'numeric', topic: 'categorical' } },
  learner: { hiddenSize: 4, hashSize: 16, replaySize: 5 },
};
const options = { replaySize: 5, capacity: 6, stepsPerExample: 2 };
/** Made anew for every run, because a buffer is not shared. */
const variants: Readonly<Record<string, () => ReplayOptions>> = {
  ER: () => options,
  'ER-ACE': () => ({ ...options, freshAmong: 'batch' }),
  'absent classes': () => ({ ...options, freshAmong: 'present', logitWeight: 0.5, holdScores: 'in-turns' }),
  'present classes': () => ({ ...options, freshAmong: 'present', buffer: new ClassBalancedBuffer({ capacity: 6 }) }),
  'DER++': () => ({ ...options, logitWeight: 0.5 }),
  'loss-aware': () => ({ ...options, buffer: new LossAwareBuffer({ capacity: 6 }) }),
};
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
    backend = await openBackend(name);
  });
  afterAll(() => backend.dispose());

  function start(variant: string, stored?: { learner: LearnerState; replay: ReplayState }): Running {
    const opened = openLearner(task, backend, stored?.learner);
    const replay = new ExperienceReplay(opened.learner, variants[variant]!(), Rng.fromSeed(7));
    if (stored) replay.restore(stored.replay, (position) => exampleAt(opened, position));
    return { opened, replay };
  }

  async function stateOf({ opened, replay }: Running) {
    return { learner: await opened.learner.state(), replay: replay.state() };
  }

  /** Learns everything; what runs is thrown away after each of `kills`, and goes on from its state. */
  async function learnAll(variant: string, kills: ReadonlySet<number>) {
    let running = start(variant);
    for (let position = 1; position <= EXAMPLES; position++) {
      await running.replay.learnOne(position, exampleAt(running.opened, position));
      if (!kills.has(position)) continue;
      const stored = structuredClone(await stateOf(running));
      running.opened.learner.dispose();
      running = start(variant, stored);
    }
    const last = await stateOf(running);
    running.opened.learner.dispose();
    return last;
  }

  it.each(Object.keys(variants))(
    '%s that is killed anywhere and restored ends with the bits of one that never was',
    async (variant) => {
      const unharmed = await learnAll(variant, new Set());
      expect(unharmed.learner.classes).toHaveLength(5);
      const kills = fc.uniqueArray(fc.integer({ min: 1, max: EXAMPLES }), { minLength: 1, maxLength: 6 });
      await fc.assert(
        fc.asyncProperty(kills, async (positions) => {
          expect(await learnAll(variant, new Set(positions))).toEqual(unharmed);
        }),
        { numRuns: 8 },
      );
    },
  );

  it('takes its steps on each example and remembers it under its position', async () => {
    const running = start('ER');
    for (let position = 1; position <= 4; position++) {
      await running.replay.learnOne(10 * position, exampleAt(running.opened, position));
    }
    const { learner, replay } = await stateOf(running);
    expect(learner.network.step).toBe(4 * options.stepsPerExample);
    expect(learner.features['item.x']?.count, 'replayed examples are not counted again').toBe(4);
    expect(replay.keys).toEqual([10, 20, 30, 40]);
    running.opened.learner.dispose();
  });

  it('learns a mini-batch in one step', async () => {
    const running = start('DER++');
    const fresh = [1, 2, 3, 9].map((position) => ({ position, example: exampleAt(running.opened, position) }));
    await running.replay.learnMany(fresh);
    const { learner, replay } = await stateOf(running);
    expect(learner.network.step).toBe(options.stepsPerExample);
    expect(replay.keys).toEqual([1, 2, 3, 9]);
    const logitCounts = replay.part.tensors['buffer.logitCounts'];
    expect([...logitCounts!], 'scores of every class known then').toEqual(Array(4).fill(learner.classes.length));
    running.opened.learner.dispose();
  });

  it('counts bytes of examples and of scores', async () => {
    const opened = openLearner(task, backend);
    const bytesOf = () => 100;
    const replay = new ExperienceReplay(opened.learner, { ...options, logitWeight: 1, bytesOf }, Rng.fromSeed(8));
    await replay.learnOne(1, exampleAt(opened, 1));
    expect(replay.buffer.bytes).toBe(100 + 4 * opened.learner.classes.length);
    opened.learner.dispose();
  });
});
