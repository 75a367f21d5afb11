import { beforeAll, describe, expect, it } from 'vitest';
import type { ComputeBackend, Network } from '../../src/compute/compute.ts';
import { openBackend } from '../../src/compute/open-backend.ts';
import { systemClock } from '../../src/core/clock.ts';
import type { PartState } from '../../src/core/part-state.ts';
import { TendrilError } from '../../src/errors.ts';
import { expectedSpec } from '../../src/learners/fresh-learner.ts';
import { parseTask, schemaHash } from '../../src/learners/task-schema.ts';
import { MemoryStore } from '../../src/memory/memory-store.ts';
import { ClassificationModel } from '../../src/runtime/models/classification-model.ts';
import { freshCheckpoint } from '../../src/runtime/models/fresh-checkpoint.ts';
import { RankingModel } from '../../src/runtime/models/ranking-model.ts';
import { VersionKeeper, type VersionKeeperOptions } from '../../src/runtime/versions/version-keeper.ts';
import { decodeCheckpoint } from '../../src/versions/checkpoint.ts';
import type { Lineage } from '../../src/versions/lineage.ts';
import { circleEvents, circleTask, listTask } from '../support/events.ts';
import { modelKeyOf, newestCheckpoint, startNodeWorker, valueOf } from '../support/node-worker.ts';

let cpu: ComputeBackend;
beforeAll(async () => {
  cpu = await openBackend('cpu');
});

/** A backend that knows which of its networks nobody has given back. @param failsAt number of the network, from 1, that it cannot make */
function counting(failsAt = Infinity) {
  const live = new Set<Network>();
  let made = 0;
  const backend: ComputeBackend = {
    ...cpu,
    memory: () => cpu.memory(),
    dispose: () => undefined,
    createNetwork(...given) {
      if (++made === failsAt) throw new TendrilError('COMPUTE_FAILED', { backend: 'cpu', reason: 'no room' });
      const network = cpu.createNetwork(...given);
      const dispose = network.dispose.bind(network);
      network.dispose = () => {
        live.delete(network);
        dispose();
      };
      live.add(network);
      return network;
    },
  };
  return { backend, live, made: () => made };
}

describe('a model that cannot be made leaves no network behind:', () => {
  const nonsense: PartState = { tensors: {}, values: { nonsense: true } };
  const origin = (declaration: typeof circleTask | typeof listTask, backend: ComputeBackend, part: string) => {
    const task = parseTask(declaration);
    const checkpoint = freshCheckpoint(task, schemaHash(task));
    const model = { ...checkpoint.model, parts: { ...checkpoint.model.parts, [part]: nonsense } };
    return { backend, checkpoint: { ...checkpoint, model }, replayed: [] };
  };

  it.each(['rewards', 'absence', 'routines', 'representation'])('a ranking with a bad part %s', (part) => {
    const { backend, live, made } = counting();
    const declaration = part === 'representation' ? neural : listTask;
    const given = origin(declaration, backend, part);
    expect(() => new RankingModel(parseTask(declaration), given)).toThrow(TendrilError);
    expect([made(), live.size]).toEqual([1, 0]);
  });
  const neural = { ...listTask, exploration: { policy: 'neural-thompson-sampling' } } as const;

  it.each(['combiner', 'member.naive Bayes'])('a classification with a bad part %s', (part) => {
    const { backend, live, made } = counting();
    const given = origin(circleTask, backend, part);
    expect(() => new ClassificationModel(parseTask(circleTask), given)).toThrow(TendrilError);
    expect([made(), live.size]).toEqual([1, 0]);
  });

  it('one whose replay buffer is none', () => {
    const { backend, live, made } = counting();
    const given = origin(circleTask, backend, 'nobody');
    const checkpoint = { ...given.checkpoint, replay: { kind: 'nonsense' } as never };
    expect(() => new ClassificationModel(parseTask(circleTask), { ...given, checkpoint })).toThrow();
    expect([made(), live.size]).toEqual([1, 0]);
  });
});

it('versions that cannot all be opened leave none of their networks behind', async () => {
  const store = new MemoryStore();
  const { worker } = await startNodeWorker({ store, tasks: [circleTask] });
  for (const event of circleEvents(60)) await event(worker);
  valueOf(await worker.checkpoint('circle'));
  const task = parseTask(circleTask);
  const hash = schemaHash(task);
  const expected = { taskId: 'circle', schemaHash: hash, spec: expectedSpec(task) };
  const record = await newestCheckpoint(store, circleTask);
  const stored = record.lineage as Lineage;
  expect(stored.champion?.trainedTo, 'the learner is not the champion').not.toBe(record.learnedTo);
  // As if the ones before it were still judged.
  const guards = (await store.versions(modelKeyOf(circleTask)))
    .filter(({ digest }) => digest !== stored.champion?.digest)
    .map(({ digest, trainedTo }) => ({ digest, trainedTo, learned: trainedTo, judged: 0, modelVersion: null }))
    .slice(-2);
  expect(guards).toHaveLength(2);
  const lineage = { ...stored, guards, contest: null };
  const checkpoint = decodeCheckpoint(record.bytes, expected);
  const learner = new ClassificationModel(task, { backend: cpu, checkpoint, replayed: [] });
  const options = {
    ...{ task, store, expected, modelKey: modelKeyOf(circleTask), clock: systemClock },
    createModel: (origin) => new ClassificationModel(task, origin),
    fresh: () => freshCheckpoint(task, hash),
    onError: (error) => {
      throw error;
    },
  } as Partial<VersionKeeperOptions<ClassificationModel>> as VersionKeeperOptions<ClassificationModel>;
  const open = (backend: ComputeBackend) =>
    VersionKeeper.open(options, backend, { learner, stored: lineage, learns: true });

  const whole = counting();
  const keeper = await open(whole.backend);
  expect(whole.live.size).toBe(3);
  keeper.dispose();
  expect(whole.live.size).toBe(0);
  for (let failsAt = 1; failsAt <= 3; failsAt++) {
    const { backend, live } = counting(failsAt);
    await expect(open(backend)).rejects.toMatchObject({ code: 'COMPUTE_FAILED' });
    expect(live.size, `network ${failsAt} cannot be made`).toBe(0);
  }
});
