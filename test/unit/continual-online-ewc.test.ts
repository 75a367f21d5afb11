import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ComputeBackend } from '../../src/compute/compute.ts';
import { openBackend } from '../../src/compute/open-backend.ts';
import { parameterLayout } from '../../src/compute/parameter-layout.ts';
import { OnlineEwc, type OnlineEwcOptions } from '../../src/continual/online-ewc.ts';
import type { ReplayState } from '../../src/continual/replay-state.ts';
import { Rng } from '../../src/core/rng.ts';
import type { ClassificationTask, RankingTask } from '../../src/core/task.ts';
import type { Example, LearnerState } from '../../src/learners/learner.ts';
import { expectCode } from '../support/expect-code.ts';
import '../support/fixed-seed.ts';
import { openLearner, type OpenedLearner } from '../support/learner.ts';

const SIZE = 4;
const classes: ClassificationTask = {
  id: 'held',
  kind: 'classification',
  schema: { input: { v: { type: 'embedding', size: SIZE } } },
  learner: { hiddenSize: 6, learningRate: 0.01 },
};
const linear: ClassificationTask = { ...classes, learner: { hiddenSize: 0, learningRate: 0.01 } };
const clicks: RankingTask = {
  id: 'clicks',
  kind: 'ranking',
  schema: { candidate: { v: { type: 'embedding', size: SIZE } } },
  learner: { hiddenSize: 5 },
};
const small: Partial<OnlineEwcOptions> = { every: 6, sampleSize: 4, stepsPerExample: 2, strength: 50 };

interface Running {
  readonly opened: OpenedLearner;
  readonly strategy: OnlineEwc;
}

const vectorAt = (position: number): number[] =>
  Array.from({ length: SIZE }, (_, i) => Math.sin(position * (i + 1)) + 0.1 * i);

describe.each(['cpu', 'wasm'] as const)('OnlineEwc on %s', (name) => {
  let backend: ComputeBackend;
  beforeAll(async () => {
    backend = await openBackend(name);
  });
  afterAll(() => backend.dispose());

  function start(
    task: ClassificationTask | RankingTask,
    options: Partial<OnlineEwcOptions> = small,
    stored?: { learner: LearnerState; replay: ReplayState },
  ): Running {
    const opened = openLearner(task, backend, stored?.learner);
    const strategy = new OnlineEwc(opened.learner, options, Rng.fromSeed(7));
    if (stored) strategy.restore(stored.replay, (position) => exampleAt(opened, task, position));
    return { opened, strategy };
  }

  /** Classes come up one after the other, so that outputs grow on the way. */
  function exampleAt({ input }: OpenedLearner, task: ClassificationTask | RankingTask, position: number): Example {
    const label = `class ${Math.min(position % 5, Math.floor(position / 5))}`;
    const target = task.kind === 'ranking' ? { reward: position % 3 === 0 ? 1 : 0 } : { label };
    return { input: input({ v: vectorAt(position) }), target, weight: position % 7 === 0 ? 0.5 : 1 };
  }

  const stateOf = async ({ opened, strategy }: Running) => ({
    learner: await opened.learner.state(),
    replay: strategy.state(),
  });

  /** What runs is thrown away after each of `kills`, and goes on from its state. */
  async function learnAll(task: ClassificationTask | RankingTask, kills: ReadonlySet<number>, last = 30) {
    let running = start(task);
    for (let position = 1; position <= last; position++) {
      await running.strategy.learnOne(position, exampleAt(running.opened, task, position));
      if (!kills.has(position)) continue;
      const stored = structuredClone(await stateOf(running));
      running.opened.learner.dispose();
      running = start(task, small, stored);
    }
    const end = await stateOf(running);
    running.opened.learner.dispose();
    return end;
  }

  it.each([
    ['classes', classes],
    ['rewards', clicks],
  ] as const)('that is killed anywhere and restored ends with the bits of one that never was: %s', async (_, task) => {
    const unharmed = await learnAll(task, new Set());
    expect(unharmed.replay.part.tensors['own.importance']!.some((value) => value > 0)).toBe(true);
    const kills = fc.uniqueArray(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(kills, async (positions) => {
        expect(await learnAll(task, new Set(positions))).toEqual(unharmed);
      }),
      { numRuns: 6 },
    );
  });

  it('adds the squared slopes of single examples, and lets older ones fade', async () => {
    const options = {
      every: 4,
      sampleSize: 4,
      stepsPerExample: 1,
      strength: 3,
      decay: 0.5,
      labels: 'observed',
    } as const;
    const { opened, strategy } = start(linear, options);
    const { learner } = opened;
    const labelled = (position: number): Example => ({
      ...exampleAt(opened, linear, position),
      target: { label: position % 2 === 0 ? 'even' : 'odd' },
      weight: 1,
    });
    let expected = 0;
    // A class that is new would consolidate before its time.
    await strategy.learnMany([1, 2].map((position) => ({ position, example: labelled(position) })));
    for (const stretch of [
      [3, 4],
      [5, 6, 7, 8],
    ]) {
      await strategy.learnMany(stretch.map((position) => ({ position, example: labelled(position) })));
      const seen = stretch.length === 2 ? [1, 2, ...stretch] : stretch;
      const probabilities = await learner.predictProbaMany(seen.map((position) => labelled(position).input));
      let squares = 0;
      seen.forEach((position, row) => {
        const { target } = labelled(position);
        const chance = probabilities[row]![learner.classes.indexOf('label' in target ? target.label : '')]!;
        const row0 = new Float32Array(learner.spec.inputSize);
        opened.encoder.writeRow(labelled(position).input, row0, 0);
        squares += ((1 - chance) * row0[1]!) ** 2;
      });
      expected = 0.5 * expected + (3 * squares) / 4;
      // Input 1, first output: of two classes both have the same square.
      expect(learner.anchor!.importance[learner.spec.outputSize]).toBeCloseTo(expected, 4);
      expect(learner.anchor!.parameters).toEqual((await learner.state()).network.parameters);
    }
    learner.dispose();
  });

  it('draws the labels of the information from its own answers', async () => {
    const { opened, strategy } = start(linear, { every: 400, sampleSize: 400, stepsPerExample: 1, strength: 1 });
    const { learner } = opened;
    const example = (label: string): Example => ({
      input: opened.input({ v: [1, 0, 0, 0] }),
      target: { label },
      weight: 1,
    });
    await strategy.learnMany([
      { position: 1, example: example('a') },
      { position: 2, example: example('b') },
    ]);
    const many = Array.from({ length: 398 }, (_, i) => ({
      position: 3 + i,
      example: example(i % 4 === 0 ? 'b' : 'a'),
    }));
    await strategy.learnMany(many);
    const chance = (await learner.predictProbaOne(example('a').input))[0]!;
    const { bias } = parameterLayout(learner.spec);
    const information = chance * (1 - chance);
    expect(Math.abs(learner.anchor!.importance[bias]! - information)).toBeLessThan(0.1 * information + 0.01);
    learner.dispose();
  });

  it('consolidates before a class that is new, whose outputs are free', async () => {
    const { opened, strategy } = start(classes, { ...small, every: 1000 });
    const { learner } = opened;
    const learn = (position: number, label: string) =>
      strategy.learnOne(position, { ...exampleAt(opened, classes, position), target: { label }, weight: 1 });
    await learn(1, 'a');
    expect(learner.anchor, 'nothing came before the first').toBeNull();
    for (const [index, label] of ['b', 'a', 'b', 'a', 'b'].entries()) await learn(2 + index, label);
    const before = (await learner.state()).network.parameters;
    await learn(7, 'c');
    const { importance, parameters } = learner.anchor!;
    const [spec, narrow] = [learner.spec, parameterLayout({ ...learner.spec, outputSize: 2 })];
    const wide = parameterLayout(spec);
    expect(spec.outputSize).toBe(4);
    expect(importance).toHaveLength(wide.size);
    for (const [from, to, rows] of [
      [narrow.wideWeight, wide.wideWeight, SIZE],
      [narrow.bias, wide.bias, 1],
      [narrow.deepWeight, wide.deepWeight, 6],
    ] as const) {
      for (let row = 0; row < rows; row++) {
        expect(parameters.slice(to + 4 * row, to + 4 * row + 2)).toEqual(
          before.slice(from + 2 * row, from + 2 * row + 2),
        );
        expect([...importance.subarray(to + 4 * row + 2, to + 4 * row + 4)]).toEqual([0, 0]);
      }
    }
    expect(parameters.slice(wide.hidden[0]!.weight, wide.deepWeight)).toEqual(
      before.slice(narrow.hidden[0]!.weight, narrow.deepWeight),
    );
    expect(importance.some((value) => value > 0)).toBe(true);
    expect(strategy.state().keys, 'the stretch began anew').toEqual([7]);
    learner.dispose();
  });

  it('remembers more of what came first than a network without it', async () => {
    /** Two tasks of two classes; in the second one each class lies where the other was, along another axis. */
    const accuracyOfFirst = async (strength: number): Promise<number> => {
      const { opened, strategy } = start(classes, { every: 200, sampleSize: 100, stepsPerExample: 1, strength });
      const rng = Rng.fromSeed(3);
      const draw = (task: number): { v: number[]; label: string } => {
        const v = Array.from({ length: SIZE }, () => rng.nextGaussian());
        // Later inputs carry the first task's numbers, which mean nothing any more.
        return { v, label: v[task]! + (task === 1 ? 0.8 * v[2]! : 0) > 0 ? 'plus' : 'minus' };
      };
      for (let i = 1; i <= 1200; i++) {
        const { v, label } = draw(i <= 600 ? 0 : 1);
        await strategy.learnOne(i, { input: opened.input({ v }), target: { label }, weight: 1 });
      }
      let right = 0;
      for (let i = 0; i < 500; i++) {
        const { v, label } = draw(0);
        const probabilities = await opened.learner.predictProbaOne(opened.input({ v }));
        if (opened.learner.classes[probabilities.indexOf(Math.max(...probabilities))] === label) right++;
      }
      opened.learner.dispose();
      return right / 500;
    };
    expect(await accuracyOfFirst(30)).toBeGreaterThan(0.05 + (await accuracyOfFirst(0)));
  });

  it('leaves out what counts nothing', async () => {
    const { opened, strategy } = start(classes);
    await strategy.learnOne(1, { ...exampleAt(opened, classes, 1), weight: 0 });
    expect(strategy.state()).toMatchObject({ keys: [], part: { values: { 'own.count': 0 } } });
    opened.learner.dispose();
  });

  it('refuses a damaged state', async () => {
    const { learner, replay } = await learnAll(classes, new Set());
    const { tensors, values } = replay.part;
    const importance = tensors['own.importance']!;
    for (const part of [
      { tensors, values: { ...values, 'own.count': -1 } },
      { tensors, values: { ...values, 'own.rng': [1] } },
      { tensors: { ...tensors, 'own.importance': importance.slice(1) }, values },
      { tensors: { ...tensors, 'own.importance': importance.map(() => -1) }, values },
      { tensors: { ...tensors, 'own.parameters': importance.map(() => NaN) }, values },
      { tensors: {}, values },
    ]) {
      const stored = { learner, replay: { keys: replay.keys, part } };
      await expectCode(() => start(classes, small, stored), 'CHECKPOINT_CORRUPT');
    }
  });
});
