import { beforeAll, describe, expect, it } from 'vitest';
import type { ComputeBackend, Network, NetworkSpec } from '../../src/compute/compute.ts';
import { openBackend } from '../../src/compute/open-backend.ts';
import type { TaskDeclaration } from '../../src/core/task.ts';
import { MemoryStore } from '../../src/memory/memory-store.ts';
import { slicedBackend } from '../../src/runtime/sliced-backend.ts';
import { SLICE_MS, TimeSlices } from '../../src/runtime/time-slices.ts';
import { listCandidates, listTask } from '../support/events.ts';
import { newestCheckpoint, startNodeWorker, valueOf } from '../support/node-worker.ts';

/** Of a network so large that one of its steps takes longer than a slice. */
const STEP_MS = 20;
const EVENTS = 8;

let cpu: ComputeBackend;
beforeAll(async () => {
  cpu = await openBackend('cpu');
});

/** A clock that only the networks' training steps move, and what happened by it. */
function slowWorld() {
  let nowMs = 1_700_000_000_000;
  const log: ('step' | 'yield' | 'answer')[] = [];
  const slow = (network: Network): Network =>
    Object.assign(Object.create(network) as Network, {
      ...network,
      predict: network.predict.bind(network),
      state: network.state.bind(network),
      dispose: network.dispose.bind(network),
      squaredGradients: network.squaredGradients.bind(network),
      learn(...batch: Parameters<Network['learn']>) {
        nowMs += STEP_MS;
        log.push('step');
        return network.learn(...batch);
      },
    });
  const backend: ComputeBackend = {
    ...cpu,
    createNetwork: (...given) => slow(cpu.createNetwork(...given)),
  };
  return { log, backend, clock: { nowMs: () => nowMs, monotonicMs: () => nowMs } };
}

async function learnBacklog(task: TaskDeclaration, ask: boolean) {
  const store = new MemoryStore();
  const { log, backend, clock } = slowWorld();
  const asked: TaskDeclaration = { ...task, learning: { when: 'asked' } };
  let onYield = (): unknown => undefined;
  const { worker } = await startNodeWorker({
    store,
    tasks: [asked],
    environment: {
      clock,
      openBackend: () => Promise.resolve(backend),
      async yieldToEvents() {
        log.push('yield');
        await onYield();
        await new Promise((resolve) => setImmediate(resolve));
      },
    },
  });
  const ranked = (decisionId: string) =>
    worker.rank({ taskId: task.id, decisionId, context: { hour: 'am' }, candidates: listCandidates }).then(valueOf);
  for (let event = 0; event < EVENTS; event++) {
    const { decisionId, order } = await ranked(`decision ${event}`);
    valueOf(await worker.feedback({ decisionId, item: order[event % order.length]!.id }));
  }
  let asks = 0;
  if (ask)
    onYield = async () => {
      await ranked(`asked ${asks++}`);
      log.push('answer');
    };
  log.length = 0;
  valueOf(await worker.checkpoint(task.id));
  return { log, digest: (await newestCheckpoint(store, task)).digest };
}

/** Most training steps that lie between two chances to answer. */
function mostSteps(log: readonly string[]): number {
  const runs = log.join(' ').split('yield');
  return Math.max(...runs.map((run) => run.split('step').length - 1));
}

describe('while a backlog is learned by a network whose steps are longer than a slice', () => {
  it('a call waits for one step, where a champion answers', async () => {
    const { log } = await learnBacklog(listTask, true);
    expect(log.filter((entry) => entry === 'step').length).toBeGreaterThan(8);
    expect(mostSteps(log)).toBe(1);
    expect(log.filter((entry) => entry === 'answer').length).toBe(log.filter((entry) => entry === 'yield').length);
  });

  it('a call waits for one experience, where what learns also answers', async () => {
    const { log } = await learnBacklog({ ...listTask, versions: { promotion: 'continuous' } }, true);
    // A click is learned in four steps.
    expect(mostSteps(log)).toBe(4);
  });

  it('calls in between change nothing of what is learned', async () => {
    const [quiet, busy] = [await learnBacklog(listTask, false), await learnBacklog(listTask, true)];
    expect(busy.digest).toBe(quiet.digest);
  });
});

describe('slices', () => {
  it('end when their time is used up, and count what was worked alone', async () => {
    const clock = { ms: 0, monotonicMs: () => clock.ms };
    const slices = new TimeSlices(clock, () => {
      clock.ms += 1000;
      return Promise.resolve();
    });
    clock.ms += SLICE_MS - 1;
    await slices.giveWay();
    expect(slices.ended).toBe(0);
    clock.ms += 1;
    await slices.giveWay();
    expect(slices.ended).toBe(1);
    clock.ms += 3;
    expect(slices.workedMs).toBe(SLICE_MS + 3);
  });

  it('leave the order of overlapping calls as it was', async () => {
    let yields = 0;
    const backend = slicedBackend(cpu, async () => {
      yields++;
      await new Promise((resolve) => setImmediate(resolve));
    });
    expect([backend.name, backend.deviceKey]).toEqual([cpu.name, cpu.deviceKey]);
    const spec: NetworkSpec = {
      ...{ inputSize: 1, hiddenSizes: [], wide: true, outputSize: 1, batchSize: 1 },
      loss: 'squared',
      optimizer: { kind: 'sgd', learningRate: 0.5, momentum: 0, weightDecay: 0 },
    };
    const empty = () => new Float32Array(0);
    const state = { parameters: new Float32Array(2), firstMoment: empty(), secondMoment: empty(), step: 0 };
    const network = backend.createNetwork(spec, state);
    const one = Float32Array.of(1);
    const before = network.predict(one, 1);
    const learned = network.learn({ inputs: one, targets: one, weights: one, outputMask: one });
    const after = network.predict(one, 1);
    expect([...(await before)]).toEqual([0]);
    await learned;
    // Weight and bias have each moved by half the error.
    expect([...(await after)]).toEqual([1]);
    expect(yields).toBe(3);
    network.dispose();
  });
});
