import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ComputeBackend } from '../../src/compute/compute.ts';
import { openBackend } from '../../src/compute/open-backend.ts';
import { Rng } from '../../src/core/rng.ts';
import type { RankingTask } from '../../src/core/task.ts';
import { parseTask, schemaHash } from '../../src/learners/task-schema.ts';
import type { StoredExperience } from '../../src/memory/records.ts';
import { freshCheckpoint } from '../../src/runtime/models/fresh-checkpoint.ts';
import { RankingModel } from '../../src/runtime/models/ranking-model.ts';
import { decodeCheckpoint, encodeCheckpoint, type Checkpoint } from '../../src/versions/checkpoint.ts';
import { expectCode } from '../support/expect-code.ts';

const TOPICS = ['css', 'html', 'javascript', 'svg'];
const declaration: RankingTask = { id: 'shelf', kind: 'ranking', schema: { candidate: { topic: 'categorical' } } };
const DAY = 24 * 60 * 60 * 1000;

let backend: ComputeBackend;
beforeAll(async () => {
  backend = await openBackend('cpu');
});
afterAll(() => backend.dispose());

function open(stored?: Checkpoint, exploration: RankingTask['exploration'] = {}): RankingModel {
  const task = parseTask({ ...declaration, exploration });
  const checkpoint = stored ?? freshCheckpoint(task, schemaHash(task));
  return new RankingModel(task, { backend, checkpoint, replayed: [] });
}

/** As it comes back from storage. */
function stored(checkpoint: Checkpoint): Checkpoint {
  const { taskId, schemaHash: hash } = checkpoint;
  return decodeCheckpoint(encodeCheckpoint(checkpoint), { taskId, schemaHash: hash, spec: null });
}

/** As another device gets it from the registry. */
async function published(model: RankingModel): Promise<Checkpoint> {
  const checkpoint = await model.checkpoint();
  return stored({ ...checkpoint, model: await model.publishable(), replay: null, learnedTo: 0, modelVersion: 1 });
}

function click(model: RankingModel, topic: string, reward: number, observedAtMs: number): Promise<void> {
  const position = model.learnedTo + 1;
  const ids = { experienceId: `e${position}`, decisionId: `d${position}`, modelKey: 'shelf', observedAtMs };
  const of = { context: {}, candidateId: topic, candidate: { topic }, slot: 0, propensity: 1, weight: 1 };
  const experience: StoredExperience = { position, ...ids, payload: { kind: 'ranking', ...of, reward } };
  return model.learnOne(experience);
}

/** One visit: the liked topic is clicked, the others are passed over. */
async function visit(model: RankingModel, liked: string, observedAtMs: number): Promise<void> {
  for (const topic of TOPICS) await click(model, topic, topic === liked ? 1 : 0, observedAtMs);
}

async function estimates(model: RankingModel) {
  return model.estimate(TOPICS.map((topic) => model.encoder.encode({}, { topic })));
}

async function favourite(model: RankingModel): Promise<string> {
  const { means } = await estimates(model);
  return TOPICS[means.indexOf(Math.max(...means))]!;
}

async function decide(model: RankingModel, decisions: number): Promise<void> {
  for (let seed = 0; seed < decisions; seed++) model.policy.choose(await estimates(model), Rng.fromSeed(seed));
}

describe('the account of a ranking policy', () => {
  it('goes on after a restart', async () => {
    const model = open(undefined, { policy: 'square-cb', maxCost: 0 });
    await visit(model, 'css', DAY);
    await decide(model, 30);
    const account = model.policy.state();
    expect(account['policy']?.values).toMatchObject({ decisions: 30 });
    expect(account['policy']?.values['credit']).toBeLessThan(100);
    const restored = open(stored(await model.checkpoint()), { policy: 'square-cb', maxCost: 0 });
    expect(restored.policy.state()).toEqual(account);
    const given = await estimates(model);
    expect(restored.policy.choose(given, Rng.fromSeed(9))).toEqual(model.policy.choose(given, Rng.fromSeed(9)));
  });

  it('stays on the device', async () => {
    const model = open();
    await decide(model, 3);
    await visit(model, 'css', DAY);
    expect(Object.keys((await model.checkpoint()).model.parts)).toContain('policy');
    expect(Object.keys((await model.publishable()).parts)).toEqual(['rewards']);
  });

  it('of a registry’s model is not taken over', async () => {
    const model = open();
    await decide(model, 3);
    await visit(model, 'css', DAY);
    const checkpoint = { ...(await model.checkpoint()), learnedTo: 0, modelVersion: 1 };
    expect(open(checkpoint).policy.state()['policy']?.values).toMatchObject({ decisions: 0, credit: 100 });
  });

  it('starts fresh where none was stored, and where another policy is declared by now', async () => {
    const model = open();
    await decide(model, 5);
    await visit(model, 'css', DAY);
    const checkpoint = stored(await model.checkpoint());
    const { rewards } = checkpoint.model.parts;
    const older = { ...checkpoint, model: { ...checkpoint.model, parts: { rewards: rewards! } } };
    const fresh = { decisions: 0, credit: 100 };
    expect(open(older).policy.state()['policy']?.values).toMatchObject(fresh);
    for (const exploration of [{ policy: 'square-cb' }, { slots: 2 }, { floor: 0.01 }, { maxCost: 0.1 }] as const)
      expect(open(checkpoint, exploration).policy.state()['policy']?.values).toMatchObject(fresh);
    expect(open(checkpoint, { epsilon: 0.2 }).policy.state()).toEqual({});
  });

  it('is refused where it is malformed', async () => {
    const model = open();
    await visit(model, 'css', DAY);
    const checkpoint = await model.checkpoint();
    const { policy } = checkpoint.model.parts;
    const broken = (values: object): Checkpoint => {
      const parts = { ...checkpoint.model.parts, policy: { ...policy!, values: { ...policy!.values, ...values } } };
      return { ...checkpoint, model: { ...checkpoint.model, parts } };
    };
    for (const values of [{ declared: 'other' }, { decisions: -1 }, { credit: 1e9 }])
      await expectCode(() => open(broken(values)), 'CHECKPOINT_CORRUPT');
  });
});

describe('a declared floor', () => {
  it('stays whatever is learned, and the default falls', async () => {
    const leastChance = async (exploration: RankingTask['exploration']): Promise<number> => {
      const model = open(undefined, exploration);
      for (let round = 0; round < 1000; round++) await visit(model, 'css', DAY);
      return Math.min(...model.policy.choose(await estimates(model), Rng.fromSeed(1)).firstPlace!);
    };
    expect(await leastChance({ policy: 'greedy', floor: 0.01 })).toBeCloseTo(0.01 / 4, 9);
    expect(await leastChance({ policy: 'greedy' })).toBeLessThan(0.005 / 4);
    expect(await leastChance({ policy: 'greedy' })).toBeGreaterThan(0.004 / 4);
  });
});

describe('a model of the fleet', () => {
  async function fleet(): Promise<Checkpoint> {
    const model = open();
    for (let round = 0; round < 300; round++) await visit(model, 'css', DAY);
    return published(model);
  }

  it('is used at once, and gives way to the visitor’s own clicks', async () => {
    const visitor = open(await fleet());
    expect(await favourite(visitor)).toBe('css');
    let visits = 0;
    while ((await favourite(visitor)) !== 'svg' && visits < 50) {
      await visit(visitor, 'svg', DAY);
      visits += 1;
    }
    expect(visits).toBeGreaterThan(1);
    expect(visits).toBeLessThan(15);
  });

  it('is come back to after a long absence, also across restarts', async () => {
    const means = async (model: RankingModel) => [...(await estimates(model)).means];
    const visitor = open(await fleet());
    const before = await means(visitor);
    for (let round = 0; round < 30; round++) await visit(visitor, 'svg', DAY + round);
    expect(await favourite(visitor)).toBe('svg');
    const restarted = open(stored(await visitor.checkpoint()));
    expect(await means(restarted)).toEqual(await means(visitor));
    const returned = async (days: number): Promise<RankingModel> => {
      const model = open(stored(await restarted.checkpoint()));
      await click(model, 'html', 0, DAY * (1 + days));
      return model;
    };
    expect(await favourite(await returned(7))).toBe('svg');
    const back = await returned(3 * 365);
    expect(await favourite(back)).toBe('css');
    // Nearly all of it: what is left is the one experience that ended the absence.
    (await means(back)).forEach((mean, index) => expect(Math.abs(mean - before[index]!)).toBeLessThan(0.05));
  });

  it('of a device of its own is not a prior: nothing drifts without one', async () => {
    const model = open();
    for (let round = 0; round < 30; round++) await visit(model, 'svg', DAY);
    await click(model, 'html', 0, 4000 * DAY);
    expect(await favourite(model)).toBe('svg');
    expect((await model.checkpoint()).model.parts).not.toHaveProperty('absence');
  });

  it('carries on exactly from a checkpoint', async () => {
    const a = open(await fleet());
    await visit(a, 'svg', 2 * DAY);
    const b = open(stored(await a.checkpoint()));
    for (const model of [a, b]) for (const day of [3, 30, 31]) await visit(model, 'html', day * DAY);
    expect((await b.checkpoint()).model.parts).toEqual((await a.checkpoint()).model.parts);
  });
});
