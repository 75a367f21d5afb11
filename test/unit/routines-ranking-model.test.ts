import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ComputeBackend } from '../../src/compute/compute.ts';
import { openBackend } from '../../src/compute/open-backend.ts';
import type { LocalTime } from '../../src/core/local-time.ts';
import type { RankingTask } from '../../src/core/task.ts';
import { attribute } from '../../src/feedback/attribution.ts';
import { parseTask, schemaHash } from '../../src/learners/task-schema.ts';
import {
  experienceRecord,
  parseExperience,
  parseRecord,
  type DecisionRecord,
  type StoredExperience,
} from '../../src/memory/records.ts';
import { freshCheckpoint } from '../../src/runtime/models/fresh-checkpoint.ts';
import { RankingModel } from '../../src/runtime/models/ranking-model.ts';
import { decodeCheckpoint, encodeCheckpoint, type Checkpoint } from '../../src/versions/checkpoint.ts';

const TOPICS = ['css', 'html', 'javascript', 'svg'];
const MORNING: LocalTime = { weekday: 3, hour: 8 };
const EVENING: LocalTime = { weekday: 3, hour: 20 };

let backend: ComputeBackend;
beforeAll(async () => {
  backend = await openBackend('cpu');
});
afterAll(() => backend.dispose());

function open(learner: RankingTask['learner'] = {}, stored?: Checkpoint): RankingModel {
  const candidate = { topic: 'categorical', length: 'numeric' } as const;
  const task = parseTask({ id: 'shelf', kind: 'ranking', schema: { candidate }, learner });
  const checkpoint = stored ?? freshCheckpoint(task, schemaHash(task));
  return new RankingModel(task, { backend, checkpoint, replayed: [] });
}

/** As it comes back from storage. */
function reopened(checkpoint: Checkpoint, learner: RankingTask['learner'] = {}): RankingModel {
  const { taskId, schemaHash: hash } = checkpoint;
  return open(learner, decodeCheckpoint(encodeCheckpoint(checkpoint), { taskId, schemaHash: hash, spec: null }));
}

async function visit(model: RankingModel, liked: string, when?: LocalTime): Promise<void> {
  const decisionId = `d${model.learnedTo}`;
  for (const [slot, topic] of TOPICS.entries()) {
    const position = model.learnedTo + 1;
    const of = { context: {}, candidateId: topic, candidate: { topic, length: slot }, slot, propensity: 1, weight: 1 };
    const experience: StoredExperience = {
      ...{ position, experienceId: `e${position}`, decisionId, modelKey: 'shelf', observedAtMs: position },
      payload: { kind: 'ranking', ...of, reward: topic === liked ? 1 : 0, ...(when && { when }) },
    };
    await model.learnOne(parseExperience(experience));
  }
}

async function days(model: RankingModel, count: number): Promise<void> {
  for (let day = 0; day < count; day++) {
    for (let visits = 0; visits < 4; visits++) await visit(model, 'css', MORNING);
    for (let visits = 0; visits < 4; visits++) await visit(model, 'svg', EVENING);
  }
}

async function estimates(model: RankingModel, when?: LocalTime) {
  const inputs = TOPICS.map((topic, length) => model.encoder.encode({}, { topic, length }));
  return model.estimate(inputs, when);
}

async function favourite(model: RankingModel, when?: LocalTime): Promise<string> {
  const { means } = await estimates(model, when);
  return TOPICS[means.indexOf(Math.max(...means))]!;
}

describe('a ranking model that remembers routines', () => {
  it('ranks by the time of the decision', async () => {
    const model = open();
    await days(model, 3);
    expect(await favourite(model, MORNING)).toBe('css');
    expect(await favourite(model, EVENING)).toBe('svg');
  });

  it('goes on with the same bits from a checkpoint', async () => {
    const a = open();
    await days(a, 3);
    const b = reopened(await a.checkpoint());
    expect(await estimates(b, MORNING)).toEqual(await estimates(a, MORNING));
    for (const model of [a, b]) await days(model, 1);
    expect(await b.checkpoint()).toEqual(await a.checkpoint());
  });

  it('starts them fresh from a checkpoint of before, whose other parts go on', async () => {
    const model = open();
    await days(model, 3);
    const checkpoint = await model.checkpoint();
    const { routines: _, ...parts } = checkpoint.model.parts;
    const older = reopened({ ...checkpoint, model: { ...checkpoint.model, parts } });
    const off = reopened(checkpoint, { memory: 'off' });
    expect(await estimates(older, MORNING)).toEqual(await estimates(off, EVENING));
    await days(older, 2);
    expect(await favourite(older, MORNING)).toBe('css');
  });

  it('learns nothing of the kind where it is switched off', async () => {
    const [off, timeless] = [open({ memory: 'off' }), open({ memory: 'off' })];
    await days(off, 3);
    for (let day = 0; day < 3; day++)
      for (const liked of ['css', 'svg']) for (let visits = 0; visits < 4; visits++) await visit(timeless, liked);
    expect(await estimates(off, MORNING)).toEqual(await estimates(timeless));
    expect(await off.checkpoint()).toEqual(await timeless.checkpoint());
    expect((await off.checkpoint()).model.parts).not.toHaveProperty('routines');
  });

  it('shares no schema hash with the switch: a stored model goes on either way', () => {
    expect(open({ memory: 'off' }).schemaHash).toBe(open().schemaHash);
  });

  it('keeps them on the device', async () => {
    const model = open();
    await days(model, 3);
    expect((await model.checkpoint()).model.parts).toHaveProperty('routines');
    expect((await model.publishable()).parts).not.toHaveProperty('routines');
  });

  it('has none where the features change their meaning', async () => {
    const task = parseTask({
      ...{ id: 'shelf', kind: 'ranking', schema: { candidate: { topic: 'categorical' } } },
      exploration: { policy: 'neural-thompson-sampling' },
    });
    const model = new RankingModel(task, {
      ...{ backend, checkpoint: freshCheckpoint(task, schemaHash(task)), replayed: [] },
    });
    expect((await model.checkpoint()).model.parts).not.toHaveProperty('routines');
    model.dispose();
  });
});

describe('the time of a decision', () => {
  const decision = (when?: LocalTime): DecisionRecord => ({
    ...{ decisionId: 'd1', taskId: 'shelf', modelKey: 'shelf', decidedAtMs: 1, servedBy: 'model', seed: 1 },
    model: { modelVersion: null, learnedTo: 0 },
    payload: {
      kind: 'ranking',
      context: {},
      candidateKeys: ['k:css'],
      propensities: [1],
      scores: [0.5],
      ...(when && { when }),
    },
  });
  const feedback = {
    ...{
      decisionId: 'd1',
      item: 'css',
      reward: 1,
      weight: 1,
      signals: null,
      satisfaction: null,
      label: null,
      value: null,
    },
    ...{ source: 'visitor', vote: null, correction: null },
  };

  it('goes with what is learned of it, and is absent where it was not known', () => {
    const entry = { candidateKey: 'k:css', candidateId: 'css', features: { topic: 'css' } };
    const learned = (when?: LocalTime) => attribute(decision(when), feedback, [entry], 5)[0]!.payload;
    expect(learned(EVENING)).toMatchObject({ when: EVENING });
    expect(learned()).not.toHaveProperty('when');
  });

  it('is refused in a stored record where there is no such time', () => {
    const of = { context: {}, candidateId: 'a', candidate: {}, slot: 0, propensity: 1, weight: 1, reward: 1 };
    const stored = (when: object) => () =>
      parseRecord(
        experienceRecord,
        {
          ...{ experienceId: 'e', decisionId: 'd', modelKey: 'shelf', observedAtMs: 1 },
          payload: { kind: 'ranking', ...of, when },
        },
        'experiences',
      );
    expect(stored(MORNING)().payload).toMatchObject({ when: MORNING });
    for (const when of [{ weekday: 7, hour: 1 }, { weekday: 1, hour: 24 }, { weekday: 1.5, hour: 1 }, { hour: 1 }])
      expect(stored(when)).toThrow(expect.objectContaining({ code: 'STORAGE_FAILED' }));
  });
});
