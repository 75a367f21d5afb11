import { afterEach, describe, expect, test } from 'vitest';
import type { BackendName } from '../../src/compute/compute.ts';
import { Rng } from '../../src/core/rng.ts';
import type { ClassificationTask } from '../../src/core/task.ts';
import { DexieStore } from '../../src/memory/dexie-store.ts';
import { startWorker, valueOf, type RunningWorker } from '../support/browser-worker.ts';

const task: ClassificationTask = {
  id: 'restart',
  kind: 'classification',
  schema: { input: { x: 'numeric', y: 'numeric', colour: 'categorical' } },
  classes: ['in', 'out'],
};
const EVENTS = 60;

interface Labelled {
  readonly decisionId: string;
  readonly input: { readonly x: number; readonly y: number; readonly colour: string };
  readonly label: string;
}

function labelled(seed: number): Labelled[] {
  const rng = Rng.fromSeed(seed);
  return Array.from({ length: EVENTS }, (_, index) => {
    const [x, y] = [rng.nextGaussian(), rng.nextGaussian()];
    return {
      decisionId: `d${index}`,
      input: { x, y, colour: ['red', 'blue'][rng.nextInt(2)] ?? '' },
      label: x * x + y * y < 1 ? 'in' : 'out',
    };
  });
}

const running = new Set<RunningWorker>();
afterEach(() => {
  for (const { worker } of running) worker.terminate();
  running.clear();
});

async function start(namespace: string, backend: BackendName): Promise<RunningWorker> {
  const started = await startWorker({ namespace, tasks: [task], backends: [backend] });
  expect(started.started).toMatchObject({ ok: true, value: { refused: {} } });
  running.add(started);
  return started;
}

function kill(worker: RunningWorker): void {
  worker.worker.terminate();
  running.delete(worker);
}

async function serve({ remote }: RunningWorker, { decisionId, input, label }: Labelled): Promise<number> {
  valueOf(await remote.classify({ taskId: task.id, decisionId, input }));
  return valueOf(await remote.feedback({ decisionId, label })).position;
}

/** Learns everything, with a kill after each of the events in `killsAfter`; gives back what is stored in the end. */
async function run(namespace: string, backend: BackendName, killsAfter: ReadonlySet<number>) {
  let worker = await start(namespace, backend);
  const positions: number[] = [];
  for (const [index, event] of labelled(7).entries()) {
    positions.push(await serve(worker, event));
    if (!killsAfter.has(index)) continue;
    // Nothing is awaited but the acknowledgement: learning and checkpoint may be anywhere.
    kill(worker);
    worker = await start(namespace, backend);
  }
  valueOf(await worker.remote.checkpoint(task.id));
  const status = valueOf(await worker.remote.status()).tasks[task.id];
  kill(worker);
  const store = await DexieStore.open(namespace);
  const [checkpoint] = await store.checkpoints(`${task.id}@${status?.schemaHash ?? ''}`);
  store.close();
  if (!checkpoint || checkpoint instanceof Error) throw new Error('no checkpoint was stored');
  return { positions, status, checkpoint };
}

describe.each(['cpu', 'wasm'] as const)('a worker on %s that is killed', (backend) => {
  test.each([1, 2, 3])('goes on as if it never was (seed %i)', async (seed) => {
    const rng = Rng.fromSeed(seed);
    const kills = new Set(Array.from({ length: 6 }, () => rng.nextInt(EVENTS)));
    const unharmed = await run(`unharmed-${backend}-${seed}`, backend, new Set());
    const killed = await run(`killed-${backend}-${seed}`, backend, kills);
    expect(killed.positions).toEqual(Array.from({ length: EVENTS }, (_, index) => index + 1));
    expect(killed.status).toMatchObject({ experiences: EVENTS, pending: 0, model: { learnedTo: EVENTS } });
    expect(killed.checkpoint.digest).toBe(unharmed.checkpoint.digest);
  });
});

test('feedback that is delivered again after a kill is acknowledged and learned once', async () => {
  const first = await start('twice', 'cpu');
  const event = labelled(3)[0] as Labelled;
  const position = await serve(first, event);
  kill(first);
  const second = await start('twice', 'cpu');
  expect(await second.remote.feedback({ decisionId: event.decisionId, label: event.label })).toEqual({
    ok: true,
    value: { position, duplicate: true },
  });
  valueOf(await second.remote.checkpoint(task.id));
  expect(valueOf(await second.remote.status()).tasks[task.id]).toMatchObject({
    experiences: 1,
    pending: 0,
    model: { learnedTo: position },
  });
});

test('of two tabs one learns; when it is killed the other takes over with nothing lost', async () => {
  const events = labelled(5);
  const [leader, follower] = [await start('tabs', 'cpu'), await start('tabs', 'cpu')];
  expect(valueOf(await leader.remote.status()).tasks[task.id]?.role).toBe('learner');
  expect(valueOf(await follower.remote.status()).tasks[task.id]?.role).toBe('follower');
  for (const [index, event] of events.entries()) await serve(index % 2 === 0 ? leader : follower, event);
  kill(leader);
  await follower.event((event) => event.type === 'learned' && event.model.learnedTo === EVENTS);
  expect(valueOf(await follower.remote.status())).toMatchObject({
    tasks: { [task.id]: { role: 'learner', experiences: EVENTS, pending: 0 } },
  });
});
