import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ComputeBackend } from '../../src/compute/compute.ts';
import { openBackend } from '../../src/compute/open-backend.ts';
import type { ClassificationTask, ContinualStrategyName, RankingTask } from '../../src/core/task.ts';
import { parseFeatures } from '../../src/learners/feature-value.ts';
import { parseTask, schemaHash } from '../../src/learners/task-schema.ts';
import type { ExperiencePayload, StoredExperience } from '../../src/memory/records.ts';
import { ClassificationModel } from '../../src/runtime/models/classification-model.ts';
import { freshCheckpoint } from '../../src/runtime/models/fresh-checkpoint.ts';
import { RankingModel } from '../../src/runtime/models/ranking-model.ts';
import type { Checkpoint } from '../../src/versions/checkpoint.ts';

const names: readonly ContinualStrategyName[] = ['er', 'er-ace', 'der++', 'gdumb', 'ewc'];
const learner = { hiddenSize: 5, hashSize: 16, replaySize: 3, replayCapacity: 8 };
const labels: ClassificationTask = { id: 'l', kind: 'classification', schema: { input: { x: 'numeric' } }, learner };
const clicks: RankingTask = { id: 'c', kind: 'ranking', schema: { candidate: { x: 'numeric' } }, learner };
const HALF = 15;

let backend: ComputeBackend;
beforeAll(async () => {
  backend = await openBackend('cpu');
});
afterAll(() => backend.dispose());

function experienceAt(kind: 'classification' | 'ranking', position: number): StoredExperience {
  const features = parseFeatures({ x: { type: 'numeric' } }, { x: Math.sin(position) });
  const label = `class ${Math.min(position % 3, Math.floor(position / 8))}`;
  const payload: ExperiencePayload =
    kind === 'classification'
      ? { kind, input: features, label, weight: 1 }
      : {
          kind,
          context: {},
          candidateId: 'a',
          candidate: features,
          slot: 0,
          propensity: 1,
          reward: position % 2,
          weight: 1,
        };
  const ids = { experienceId: `e${position}`, decisionId: `d${position}`, modelKey: kind, observedAtMs: 0 };
  return { position, ...ids, payload };
}

function open(declaration: ClassificationTask | RankingTask, strategy?: ContinualStrategyName, stored?: Checkpoint) {
  const declared = { ...declaration.learner, ...(strategy && { strategy }) };
  const replayed = (stored?.replay?.keys ?? []).map((position) => experienceAt(declaration.kind, position));
  if (declaration.kind === 'ranking') {
    const task = parseTask({ ...declaration, learner: declared });
    return new RankingModel(task, { backend, checkpoint: stored ?? freshCheckpoint(task, schemaHash(task)), replayed });
  }
  const task = parseTask({ ...declaration, learner: declared });
  const checkpoint = stored ?? freshCheckpoint(task, schemaHash(task));
  return new ClassificationModel(task, { backend, checkpoint, replayed });
}

async function learn(model: ReturnType<typeof open>, from: number, to: number): Promise<Checkpoint> {
  for (let position = from; position < to; position++) await model.learnOne(experienceAt(model.task.kind, position));
  return model.checkpoint();
}

describe.each([
  ['classification', labels],
  ['ranking', clicks],
] as const)('a %s model', (_, task) => {
  it.each(names)('learns with %s, and goes on from its checkpoint with the same bits', async (name) => {
    const unharmed = open(task, name);
    const half = structuredClone(await learn(unharmed, 1, HALF));
    const whole = await learn(unharmed, HALF, 2 * HALF);
    expect(half.model.network!.state.parameters).not.toEqual(whole.model.network!.state.parameters);
    expect(half.replay!.part.values['strategy']).toBe(name);
    const resumed = open(task, name, half);
    expect(await learn(resumed, HALF, 2 * HALF)).toEqual(whole);
    for (const model of [unharmed, resumed]) model.dispose();
  });

  it('keeps its weights and begins a new memory where the strategy is another than the one stored', async () => {
    for (const [before, after] of [
      [undefined, 'ewc'],
      ['ewc', undefined],
      ['der++', 'gdumb'],
    ] as const) {
      const first = open(task, before);
      const stored = structuredClone(await learn(first, 1, HALF));
      const second = open(task, after, stored);
      const taken = await second.checkpoint();
      expect(taken.model.network).toEqual(stored.model.network);
      expect(taken.replay!.keys).toEqual([]);
      await learn(second, HALF, HALF + 3);
      for (const model of [first, second]) model.dispose();
    }
  });
});

it('learns something else with each of them', async () => {
  const weights = new Set<string>();
  for (const name of [undefined, ...names]) {
    const model = open(labels, name);
    const { network } = (await learn(model, 1, 2 * HALF)).model;
    weights.add(network!.state.parameters.join());
    model.dispose();
  }
  expect(weights.size).toBe(1 + names.length);
});
