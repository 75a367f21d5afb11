import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BackendName, ComputeBackend } from '../../src/compute/compute.ts';
import { openBackend } from '../../src/compute/open-backend.ts';
import { Rng } from '../../src/core/rng.ts';
import type { ClassificationTask, RankingTask } from '../../src/core/task.ts';
import type { Example } from '../../src/learners/learner.ts';
import { MAX_CLASSES } from '../../src/learners/network-learner.ts';
import { expectCode } from '../support/expect-code.ts';
import { openLearner, type OpenedLearner } from '../support/learner.ts';

const points: ClassificationTask = {
  id: 'points',
  kind: 'classification',
  schema: { input: { x: 'numeric', y: 'numeric', colour: 'categorical' } },
};
const list: RankingTask = {
  id: 'list',
  kind: 'ranking',
  schema: { context: { hour: 'categorical' }, candidate: { topic: 'categorical', price: 'numeric' } },
};

interface Point {
  readonly x: number;
  readonly y: number;
  readonly label: string;
}

/** Two classes that no line separates: a line is right for at most three of the four corners. */
function exclusiveOr(count: number, seed: number): Point[] {
  const rng = Rng.fromSeed(seed);
  return Array.from({ length: count }, (_, index) => {
    const [right, top] = [index & 1, (index >> 1) & 1];
    const near = (corner: number) => 2 * corner - 1 + 0.2 * rng.nextGaussian();
    return { x: near(right), y: near(top), label: right === top ? 'same' : 'different' };
  });
}

const exampleOf = ({ input }: OpenedLearner, { x, y, label }: Point): Example => ({
  input: input({ x, y }),
  target: { label },
  weight: 1,
});

/** Learns the points one by one, each with earlier ones beside it. */
async function learnAll(opened: OpenedLearner, stream: readonly Point[], seed = 1): Promise<OpenedLearner> {
  const rng = Rng.fromSeed(seed);
  const seen: Example[] = [];
  for (const point of stream) {
    const replayed = seen.length === 0 ? [] : Array.from({ length: 15 }, () => seen[rng.nextInt(seen.length)]!);
    const fresh = exampleOf(opened, point);
    await opened.learner.learnOne(fresh, replayed);
    seen.push(fresh);
  }
  return opened;
}

async function accuracy({ learner, input }: OpenedLearner, stream: readonly Point[]): Promise<number> {
  let right = 0;
  for (const { x, y, label } of stream) {
    const probabilities = await learner.predictProbaOne(input({ x, y }));
    if (learner.classes[probabilities.indexOf(Math.max(...probabilities))] === label) right++;
  }
  return right / stream.length;
}

const backends = new Map<BackendName, ComputeBackend>();
const backend = (name: BackendName) => backends.get(name)!;
beforeAll(async () => {
  for (const name of ['cpu', 'wasm'] as const) backends.set(name, await openBackend(name));
});
afterAll(() => {
  for (const opened of backends.values()) opened.dispose();
});

describe.each(['cpu', 'wasm'] as const)('NetworkLearner on %s', (name) => {
  const open = (task: ClassificationTask = points) => openLearner(task, backend(name));
  const other = name === 'cpu' ? 'wasm' : 'cpu';

  it('learns what no linear model can', async () => {
    const linear = open({ ...points, learner: { hiddenSize: 0 } });
    const [stream, fresh] = [exclusiveOr(400, 1), exclusiveOr(400, 2)];
    expect(await accuracy(await learnAll(open(), stream), fresh)).toBeGreaterThan(0.95);
    expect(await accuracy(await learnAll(linear, stream), fresh)).toBeLessThan(0.8);
  });

  it('gives probabilities that add up to 1, for the classes that it knows', async () => {
    const opened = open();
    expect(await opened.learner.predictProbaOne(opened.input({ x: 1 }))).toHaveLength(0);
    await learnAll(opened, [{ x: 1, y: 1, label: 'a' }]);
    expect([...(await opened.learner.predictProbaOne(opened.input({})))]).toEqual([1]);
    for (const label of ['b', 'c', 'd', 'e']) await learnAll(opened, [{ x: 2, y: 1, label }]);
    const probabilities = await opened.learner.predictProbaOne(opened.input({ x: 2, y: 1, colour: 'never seen' }));
    expect(probabilities).toHaveLength(5);
    expect(probabilities.reduce((a, b) => a + b)).toBeCloseTo(1, 12);
    expect(probabilities.every((value) => value > 0 && value < 1)).toBe(true);
  });

  it('makes room for a new class in the middle of a stream and keeps what it knew', async () => {
    const opened = await learnAll(open(), exclusiveOr(400, 3));
    const { spec, network } = await opened.learner.state();
    expect(spec.outputSize).toBe(2);
    const third = Array.from({ length: 20 }, (): Point => ({ x: 6, y: -6, label: 'far' }));
    await learnAll(opened, third.slice(0, 1));
    const grown = await opened.learner.state();
    expect(grown).toMatchObject({ classes: ['same', 'different', 'far'], spec: { outputSize: 4 } });
    expect(grown.network.step, 'the optimizer goes on').toBe(network.step + 1);
    expect(await accuracy(opened, exclusiveOr(200, 4))).toBeGreaterThan(0.95);
    await learnAll(opened, third);
    expect(await accuracy(opened, third)).toBe(1);
  });

  it('gives the same bits for the same seed and stream, and others for another seed', async () => {
    const stateAfter = async (seed: number) =>
      (await learnAll(open({ ...points, seed }), exclusiveOr(60, 5))).learner.state();
    expect(await stateAfter(1)).toEqual(await stateAfter(1));
    expect((await stateAfter(1)).network.parameters).not.toEqual((await stateAfter(2)).network.parameters);
  });

  it('changes nothing when it predicts', async () => {
    const opened = await learnAll(open(), exclusiveOr(40, 6));
    const before = await opened.learner.state();
    await accuracy(opened, exclusiveOr(40, 7));
    expect(await opened.learner.state()).toEqual(before);
  });

  it('goes on in another learner with the same bits', async () => {
    const [stream, rest] = [exclusiveOr(80, 8), exclusiveOr(40, 9)];
    const opened = await learnAll(open(), stream);
    const restored = openLearner(points, backend(name), await opened.learner.state());
    for (const { x, y } of rest) {
      const expected = await opened.learner.predictProbaOne(opened.input({ x, y }));
      expect(await restored.learner.predictProbaOne(restored.input({ x, y }))).toEqual(expected);
    }
    await learnAll(opened, rest);
    await learnAll(restored, rest);
    expect(await restored.learner.state()).toEqual(await opened.learner.state());
  });

  it('keeps its predictions when it moves to another backend, and learns on there', async () => {
    const opened = await learnAll(open(), exclusiveOr(200, 10));
    const probes = exclusiveOr(50, 11).map(({ x, y }) => opened.input({ x, y }));
    const before = await Promise.all(probes.map((input) => opened.learner.predictProbaOne(input)));
    await opened.learner.moveTo(backend(other));
    expect(opened.learner.backend.name).toBe(other);
    for (const [index, input] of probes.entries()) {
      const after = await opened.learner.predictProbaOne(input);
      after.forEach((value, place) => expect(Math.abs(value - before[index]![place]!)).toBeLessThan(1e-4));
    }
    await learnAll(opened, exclusiveOr(40, 12));
    expect(await accuracy(opened, exclusiveOr(100, 13))).toBeGreaterThan(0.95);
  });

  it('never predicts with half of a learned example', async () => {
    const opened = await learnAll(open(), exclusiveOr(40, 14));
    const probe = opened.input({ x: 0.3, y: -2 });
    const predict = () => opened.learner.predictProbaOne(probe);
    const before = await predict();
    const learning = opened.learner.learnOne(exampleOf(opened, { x: 50, y: -50, label: 'same' }), []);
    const during = await predict();
    await learning;
    const after = await predict();
    expect(after).not.toEqual(before);
    expect([before, after]).toContainEqual(during);
  });

  it('learns rewards, and which item goes with which context', async () => {
    const { learner, input } = openLearner(list, backend(name));
    const rng = Rng.fromSeed(15);
    for (let i = 0; i < 300; i++) {
      const [hour, topic] = [['am', 'pm'][rng.nextInt(2)]!, ['news', 'music'][rng.nextInt(2)]!];
      const reward = (hour === 'am') === (topic === 'news') ? 1 : 0;
      await learner.learnOne({ input: input({ topic, price: i }, { hour }), target: { reward }, weight: 1 }, []);
    }
    const asked = ['news', 'music'].flatMap((topic) => ['am', 'pm'].map((hour) => input({ topic }, { hour })));
    const [newsAm, newsPm, musicAm, musicPm] = await learner.predictRewards(asked);
    expect(Math.min(newsAm!, musicPm!)).toBeGreaterThan(0.9);
    expect(Math.max(newsPm!, musicAm!)).toBeLessThan(0.1);
    expect(await learner.predictRewards([])).toHaveLength(0);
  });

  it('counts an example of weight 0 not at all, and a heavier one more', async () => {
    const movedAfter = async (weight: number) => {
      const { learner, input } = openLearner(list, backend(name));
      const example: Example = { input: input({ topic: 'news' }, { hour: 'am' }), target: { reward: 1 }, weight };
      await learner.learnOne(example, []);
      return (await learner.state()).network.firstMoment.reduce((sum, value) => sum + Math.abs(value), 0);
    };
    expect(await movedAfter(0)).toBe(0);
    expect(await movedAfter(3)).toBeCloseTo(3 * (await movedAfter(1)), 6);
  });

  it('learns mini-batches of any size, in one step each', async () => {
    const opened = open();
    const stream = exclusiveOr(600, 20).map((point) => exampleOf(opened, point));
    for (const size of [1, 20, 150, 300]) await opened.learner.learnMany(stream.slice(0, size), stream.slice(0, 7));
    const { network, features } = await opened.learner.state();
    expect(network.step).toBe(4);
    expect(features['item.x']?.count, 'replayed examples are not counted again').toBe(471);
    const before = network.parameters;
    await opened.learner.rehearse(stream);
    expect((await opened.learner.state()).network.parameters).not.toEqual(before);
  });

  it('leaves classes in peace that a lesson does not name', async () => {
    const opened = await learnAll(open(), exclusiveOr(40, 21));
    await learnAll(opened, [{ x: 5, y: -5, label: 'far' }]);
    const { spec, network: before } = await opened.learner.state();
    const lesson = { ...exampleOf(opened, { x: 5, y: -5, label: 'far' }), among: ['same'] };
    const biasesOf = (parameters: Float32Array): number[] => {
      const bias = spec.inputSize * spec.outputSize;
      return [...parameters.subarray(bias, bias + 3)];
    };
    // The optimizer's momentum moves what no gradient does: it is set to nothing.
    const still = { ...before, firstMoment: new Float32Array(before.firstMoment.length) };
    opened.learner.restart(still);
    await opened.learner.rehearse([lesson]);
    const after = (await opened.learner.state()).network;
    const moved = biasesOf(after.parameters).map((value, k) => value !== biasesOf(before.parameters)[k]);
    expect(moved, 'same, different, far').toEqual([true, false, true]);
  });

  it('is drawn to scores that it should stay near', async () => {
    const opened = await learnAll(open(), exclusiveOr(60, 22));
    const example = exampleOf(opened, { x: 1, y: 1, label: 'same' });
    const logits = Float32Array.of(-2, 3);
    for (let step = 0; step < 300; step++) {
      await opened.learner.rehearse([{ ...example, weight: 0, stayNear: { logits, weight: 1 } }]);
    }
    const [scores] = await opened.learner.scoresOf([example.input]);
    scores!.forEach((score, k) => expect(score).toBeCloseTo(logits[k]!, 1));
  });

  it('refuses to answer with scores that are not finite', async () => {
    const { learner } = openLearner(list, backend(name));
    const state = await learner.state();
    const parameters = state.network.parameters.map(() => 3e38);
    const broken = openLearner(list, backend(name), { ...state, network: { ...state.network, parameters } });
    const input = broken.input({ topic: 'news' }, { hour: 'am' });
    const error = await expectCode(() => broken.learner.predictRewards([input]), 'COMPUTE_FAILED', { backend: name });
    expect(error.message).toContain('not finite');
  });
});

it('does not learn a class beyond the last that a checkpoint can hold', async () => {
  const task: ClassificationTask = { ...points, schema: { input: { x: 'numeric' } }, learner: { hiddenSize: 0 } };
  const classes = Array.from({ length: MAX_CLASSES }, (_, index) => `class ${index}`);
  const { learner } = openLearner(task, backend('cpu'));
  const state = await learner.state();
  const outputSize = MAX_CLASSES;
  const size = 3 * MAX_CLASSES;
  const network = {
    parameters: new Float32Array(size),
    firstMoment: new Float32Array(size),
    secondMoment: new Float32Array(size),
    step: 0,
  };
  const full = openLearner(task, backend('cpu'), { ...state, classes, network, spec: { ...state.spec, outputSize } });
  await full.learner.learnOne({ input: full.input({ x: 1 }), target: { label: 'one more' }, weight: 1 }, []);
  const after = await full.learner.state();
  expect(after.classes).toEqual(classes);
  expect(after.network.parameters).toEqual(network.parameters);
  await full.learner.learnOne({ input: full.input({ x: 1 }), target: { label: 'class 7' }, weight: 1 }, []);
  expect((await full.learner.state()).network.parameters).not.toEqual(network.parameters);
});
