import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { ClassificationTask } from '../../src/core/task.ts';
import type { VersionsStatus } from '../../src/protocol/messages.ts';
import { startWorker, valueOf, type RunningWorker } from '../support/browser-worker.ts';
import { orderLoss } from '../support/ordered-loss.ts';
import { patiently } from '../support/patiently.ts';

const task: ClassificationTask = {
  id: 'versions',
  kind: 'classification',
  schema: { input: { x: 'numeric', y: 'numeric' } },
  classes: ['a', 'b'],
  learner: { hiddenSize: 8 },
};
/** The last that makes a champion of the challenger, of those that are told here. */
const EVENTS = 7;

const workers = new Set<Worker>();
afterEach(() => {
  for (const worker of workers) worker.terminate();
  workers.clear();
});

async function tell({ remote }: RunningWorker, index: number): Promise<void> {
  const [decisionId, x] = [`d${index}`, Math.sin(index)];
  await patiently(() => remote.classify({ taskId: task.id, decisionId, input: { x, y: Math.cos(index) } }), 10);
  valueOf(await remote.feedback({ decisionId, label: x > 0 ? 'a' : 'b' }));
}

const checkpoint = ({ remote }: RunningWorker) => patiently(() => remote.checkpoint(task.id), 10);

/** What is done one after the other, by name; the rest is learned without a name. */
const phases = {
  /** Judged, learned, promoted, and stored. */
  async promotion(running: RunningWorker) {
    await tell(running, EVENTS - 1);
    await checkpoint(running);
  },
  /** Judged, learned, and stored. */
  async checkpoint(running: RunningWorker) {
    await tell(running, EVENTS);
    await checkpoint(running);
  },
  /** To the version before, whichever that is: done twice, it would be another one. */
  async rollback(running: RunningWorker) {
    await patiently(() => running.remote.rollback({ taskId: task.id, by: 'anna' }), 10);
    await checkpoint(running);
  },
} as const;
type Phase = keyof typeof phases;

/** Without digests: another backend makes other bits. */
function essence({ champion, guards, challenger, onProbation, awaiting, quarantined, moves, kept }: VersionsStatus) {
  return {
    champion: champion && [champion.trainedTo, champion.learned],
    guards: guards.map(({ trainedTo }) => trainedTo),
    ...{ challenger, onProbation, awaiting },
    quarantined: quarantined.map(({ after, upTo }) => [after, upTo]),
    moves: moves.map(({ kind, position, by }) => [kind, position, by]),
    kept: kept.map(({ trainedTo }) => trainedTo),
  };
}

/** @param phase in which the device is destroyed after so many submissions; null for never */
async function live(namespace: string, phase: Phase | null, after: number) {
  const spawn = () => {
    const name = `armed:${namespace}`;
    const worker = new Worker(new URL('../support/breakable.worker.ts', import.meta.url), { type: 'module', name });
    workers.add(worker);
    return worker;
  };
  const running = await startWorker({ namespace, tasks: [task], backends: ['webgpu'], spawn });
  expect(running.started).toMatchObject({ ok: true, value: { refused: {} } });
  for (let index = 0; index < EVENTS - 1; index++) await tell(running, index);
  await checkpoint(running);
  const submissions: Record<string, number> = {};
  for (const name of ['promotion', 'checkpoint', 'rollback'] as const) {
    const before = await orderLoss(namespace, { after: name === phase ? after : null });
    await phases[name](running);
    submissions[name] = (await orderLoss(namespace, { after: null })).submissions - before.submissions;
  }
  // What comes after shows what is left.
  await tell(running, EVENTS + 1);
  await checkpoint(running);
  const { remote } = running;
  const probabilities: number[] = [];
  for (let index = 0; index < EVENTS; index++) {
    const input = { x: Math.sin(3 * index), y: Math.cos(5 * index) };
    const answer = await patiently(
      () => remote.classify({ taskId: task.id, decisionId: crypto.randomUUID(), input }),
      10,
    );
    probabilities.push(answer.probabilities['a'] ?? NaN);
  }
  const { tasks, errors } = valueOf(await remote.status());
  return {
    versions: essence(valueOf(await remote.versions(task.id))),
    status: tasks[task.id]!,
    errors,
    submissions,
    probabilities,
  };
}

describe('versions on a GPU that is lost', { timeout: 240_000 }, () => {
  let unharmed: Awaited<ReturnType<typeof live>>;
  beforeAll(async () => {
    unharmed = await live('versions-unharmed', null, 0);
    expect(unharmed.status.backend.serving).toBe('webgpu');
    expect(unharmed.versions.moves.slice(0, 2)).toEqual([
      ['overruled', EVENTS + 1, 'anna'],
      ['promoted', EVENTS, 'tendril'],
    ]);
    expect(unharmed.versions.guards).not.toEqual([]);
  });

  test.each([
    ['promotion', 4],
    ['checkpoint', 3],
    ['rollback', 1],
  ] as const)('in the middle of a %s are what they are on one that never fails', async (phase, step) => {
    const submissions = unharmed.submissions[phase]!;
    for (let after = 0; after <= submissions; after += step) {
      const harmed = await live(`versions-${phase}-${after}`, phase, after);
      const where = `lost after ${after} of ${submissions} submissions`;
      expect(harmed.status.backend.serving, where).not.toBe('webgpu');
      expect(harmed.versions, where).toEqual(unharmed.versions);
      expect(harmed.status, where).toMatchObject({ experiences: EVENTS + 2, pending: 0 });
      expect(
        harmed.errors.filter(({ code }) => code !== 'COMPUTE_FAILED'),
        where,
      ).toEqual([]);
      for (const [index, probability] of harmed.probabilities.entries())
        expect(probability, where).toBeCloseTo(unharmed.probabilities[index]!, 3);
    }
  });
});
