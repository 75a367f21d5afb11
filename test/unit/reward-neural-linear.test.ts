import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ComputeBackend } from '../../src/compute/compute.ts';
import { openBackend } from '../../src/compute/open-backend.ts';
import { Rng } from '../../src/core/rng.ts';
import type { RankingTask } from '../../src/core/task.ts';
import { hasNetwork } from '../../src/learners/fresh-learner.ts';
import { parseFeatures } from '../../src/learners/feature-value.ts';
import { TrainedFeatures } from '../../src/learners/reward/trained-features.ts';
import type { Row } from '../../src/learners/row.ts';
import { isNeuralLinear, parseTask, schemaHash } from '../../src/learners/task-schema.ts';
import type { StoredExperience } from '../../src/memory/records.ts';
import { freshCheckpoint } from '../../src/runtime/models/fresh-checkpoint.ts';
import { RankingModel } from '../../src/runtime/models/ranking-model.ts';
import type { Checkpoint } from '../../src/versions/checkpoint.ts';
import { referenceHidden } from '../conformance/compute-reference.ts';
import { expectCode } from '../support/expect-code.ts';
import { openLearner } from '../support/learner.ts';

const plain: RankingTask = {
  id: 'n',
  kind: 'ranking',
  schema: { context: { c: 'numeric' }, candidate: { x: 'numeric', topic: 'categorical' } },
};
const neural: RankingTask = { ...plain, exploration: { policy: 'neural-thompson-sampling' } };

let backend: ComputeBackend;
beforeAll(async () => {
  backend = await openBackend('wasm');
});
afterAll(() => backend.dispose());

function open(declaration: RankingTask, checkpoint?: Checkpoint): RankingModel {
  const task = parseTask(declaration);
  const replayed = (checkpoint?.replay?.keys ?? []).map(experienceAt);
  return new RankingModel(task, {
    backend,
    checkpoint: checkpoint ?? freshCheckpoint(task, schemaHash(task)),
    replayed,
  });
}

const featuresAt = (c: number, x: number) => ({
  context: parseFeatures({ c: { type: 'numeric' } }, { c }),
  candidate: parseFeatures({ x: { type: 'numeric' }, topic: { type: 'categorical' } }, { x, topic: 'any' }),
});

/** A candidate is worth something where its number has the sign of the context's. */
function experienceAt(position: number): StoredExperience {
  const rng = Rng.fromSeed(position);
  const [c, x] = [rng.nextGaussian(), rng.nextGaussian()];
  return {
    ...{ position, experienceId: `e${position}`, decisionId: `d${position}`, modelKey: 'n', observedAtMs: 0 },
    payload: {
      ...{ kind: 'ranking', ...featuresAt(c, x), candidateId: 'a', slot: 0, propensity: 1, weight: 1 },
      reward: rng.nextFloat() < (c * x > 0 ? 0.9 : 0.1) ? 1 : 0,
    },
  };
}

async function learn(model: RankingModel, from: number, to: number): Promise<Checkpoint> {
  for (let position = from; position <= to; position++) await model.learnOne(experienceAt(position));
  return structuredClone(await model.checkpoint());
}

async function scoresAt(model: RankingModel): Promise<number[]> {
  const inputs = [
    [1, 1],
    [-1, -1],
    [1, -1],
    [-1, 1],
  ].map(([c, x]) => {
    const { context, candidate } = featuresAt(c ?? 0, x ?? 0);
    return model.encoder.encode(context, candidate);
  });
  const { means, deviations } = await model.estimate(inputs);
  expect(deviations.every((value) => value > 0 && Number.isFinite(value))).toBe(true);
  return [...means];
}

/** The input of a network: numbers, then the hashed block. */
function denseOf({ dense, indices, values }: Row, size: number): Float32Array {
  const input = new Float32Array(size);
  input.set(dense);
  indices.forEach((place, k) => (input[dense.length + place]! += values[k]!));
  return input;
}

describe('TrainedFeatures', () => {
  it('are what the hidden layer of the network holds, at the length that was asked for', async () => {
    const { learner, encoder, input } = openLearner({ ...plain, learner: { hiddenSize: 12 } }, backend);
    const inputs = Array.from({ length: 40 }, (_, i) =>
      input({ x: Math.sin(i), topic: `t${i % 3}` }, { c: Math.cos(i) }),
    );
    for (const [i, each] of inputs.entries())
      await learner.learnOne({ input: each, target: { reward: i % 2 }, weight: 1 }, []);
    const features = new TrainedFeatures(encoder.shape, 12);
    const rows = inputs.map((each) => encoder.row(each));
    const { parameters } = (await learner.state()).network;
    features.take(learner.spec, parameters, rows, 0.5);
    const hidden = rows.map((row) => referenceHidden(learner.spec, parameters, denseOf(row, encoder.size), 1));
    const written = rows.map((row) => {
      const out = new Float32Array(12);
      features.write(row, out);
      return out;
    });
    const squares = (vectors: readonly (Float32Array | Float64Array)[]): number =>
      vectors.reduce((sum, vector) => sum + Array.from(vector).reduce((own, value) => own + value * value, 0), 0);
    expect(squares(written) / rows.length).toBeCloseTo(0.25, 4);
    const scale = Math.sqrt(squares(written) / squares(hidden));
    written.forEach((vector, row) => {
      vector.forEach((value, unit) => expect(value).toBeCloseTo(scale * hidden[row]![unit]!, 5));
    });
    learner.dispose();
  });

  it('have no length where no unit is active', () => {
    const features = new TrainedFeatures({ rawSize: 1, denseSize: 2, hashSize: 0 }, 3);
    const spec = openLearner({ ...plain, learner: { hiddenSize: 3 } }, backend).learner.spec;
    const row = {
      raw: new Float32Array(1),
      dense: new Float32Array(2),
      indices: new Int32Array(0),
      values: new Float32Array(0),
    };
    const shape = { ...spec, inputSize: 2 };
    features.take(shape, new Float32Array(2 + 1 + 2 * 3 + 3 + 3), [row], 1);
    const out = new Float32Array(3).fill(7);
    features.write(row, out);
    expect([...out]).toEqual([0, 0, 0]);
  });
});

describe('neural-linear Thompson sampling', () => {
  it('has a network, which can be declined, and weights that fit no other policy', () => {
    expect(hasNetwork(parseTask(neural))).toBe(true);
    expect(hasNetwork(parseTask(plain))).toBe(false);
    const declined: RankingTask = { ...neural, learner: { hiddenSize: 0 } };
    expect([isNeuralLinear(parseTask(declined)), hasNetwork(parseTask(declined))]).toEqual([false, false]);
    expect(schemaHash(parseTask(neural))).not.toBe(schemaHash(parseTask(plain)));
    const other: RankingTask = { ...plain, exploration: { policy: 'lin-ucb' } };
    expect(schemaHash(parseTask(other))).toBe(schemaHash(parseTask(plain)));
  });

  it('learns what no linear model can', async () => {
    const [ours, linear] = [open(neural), open(plain)];
    for (const model of [ours, linear]) await learn(model, 1, 400);
    const [agree, agreeToo, differ, differToo] = await scoresAt(ours);
    expect(Math.min(agree!, agreeToo!) - Math.max(differ!, differToo!)).toBeGreaterThan(0.4);
    const flat = await scoresAt(linear);
    expect(Math.min(flat[0]!, flat[1]!) - Math.max(flat[2]!, flat[3]!)).toBeLessThan(0.1);
    for (const model of [ours, linear]) model.dispose();
  });

  it('takes the representation over now and then, and leaves it in between', async () => {
    const model = open(neural);
    const weights = async (to: number, from: number) =>
      (await learn(model, from, to)).model.parts['representation']!.tensors['features.weights']!;
    const [before, first, still, second] = [
      await weights(31, 1),
      await weights(32, 32),
      await weights(63, 33),
      await weights(64, 64),
    ];
    expect(before.every((value) => value === 0)).toBe(true);
    expect(first.some((value) => value !== 0)).toBe(true);
    expect(still).toEqual(first);
    expect(second).not.toEqual(first);
    model.dispose();
  });

  it('goes on from any checkpoint with the same bits', async () => {
    const unharmed = open(neural);
    const stored = [await learn(unharmed, 1, 20), await learn(unharmed, 21, 32), await learn(unharmed, 33, 50)];
    const whole = await learn(unharmed, 51, 70);
    for (const checkpoint of stored) {
      const resumed = open(neural, structuredClone(checkpoint));
      expect(await learn(resumed, checkpoint.learnedTo + 1, 70)).toEqual(whole);
      resumed.dispose();
    }
    unharmed.dispose();
  });

  it('refuses a damaged representation', async () => {
    const model = open(neural);
    const checkpoint = await learn(model, 1, 35);
    const { tensors, values } = checkpoint.model.parts['representation']!;
    for (const representation of [
      { tensors: {}, values },
      {
        tensors: { 'features.weights': tensors['features.weights']!.map(() => NaN) as Float32Array<ArrayBuffer> },
        values,
      },
      { tensors, values: { ...values, 'own.experiences': -1 } },
      { tensors, values: { ...values, 'features.size': 5 } },
    ]) {
      const parts = { ...checkpoint.model.parts, representation };
      await expectCode(
        () => open(neural, { ...checkpoint, model: { ...checkpoint.model, parts } }),
        'CHECKPOINT_CORRUPT',
      );
    }
    model.dispose();
  });
});
