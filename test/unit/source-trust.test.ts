import { describe, expect, it } from 'vitest';
import { Rng } from '../../src/core/rng.ts';
import type { ClassificationTask, RankingTask, RegressionTask } from '../../src/core/task.ts';
import { MemoryStore } from '../../src/memory/memory-store.ts';
import type { LearnerWorker } from '../../src/protocol/messages.ts';
import { SourceTrust } from '../../src/runtime/models/source-trust.ts';
import { expectCode } from '../support/expect-code.ts';
import { startNodeWorker, valueOf } from '../support/node-worker.ts';

const side: ClassificationTask = {
  id: 'side',
  kind: 'classification',
  schema: { input: { x: 'numeric', y: 'numeric' } },
  classes: ['left', 'right'],
  // What was just learned is to be seen at once.
  versions: { promotion: 'continuous' },
};
const height: RegressionTask = {
  id: 'height',
  kind: 'regression',
  schema: { input: { x: 'numeric' } },
  versions: { promotion: 'continuous' },
};
const start = async (store = new MemoryStore(), task: ClassificationTask = side) => ({
  store,
  ...(await startNodeWorker({ store, tasks: [task, height] })),
});

const opposite = (label: string) => (label === 'left' ? 'right' : 'left');

interface Labelling {
  readonly rounds: number;
  readonly seed?: number;
  /** Whether the troll's labels come with a source. */
  readonly named?: boolean;
  readonly trolls?: boolean;
}

function point(rng: Rng) {
  const input = { x: rng.nextGaussian(), y: rng.nextGaussian() };
  return { input, truth: input.x + 0.5 * input.y > 0 ? 'right' : 'left' };
}

/** Points left and right of a line. A third of the labels are a troll's, all wrong. */
async function label(worker: LearnerWorker, { rounds, seed = 1, named = true, trolls = true }: Labelling) {
  const rng = Rng.fromSeed(seed);
  for (let round = 0; round < rounds; round++) {
    const { input, truth } = point(rng);
    const decisionId = `${seed}:${round}`;
    valueOf(await worker.classify({ taskId: 'side', decisionId, input }));
    const troll = rng.nextInt(3) === 0;
    if (troll && !trolls) continue;
    const source = named && troll ? { source: 'troll' } : {};
    valueOf(await worker.feedback({ decisionId, label: troll ? opposite(truth) : truth, ...source }));
  }
  valueOf(await worker.checkpoint('side'));
}

/** Share of right answers, of points that are not labelled. */
const TESTS = 60;

async function accuracy(worker: LearnerWorker): Promise<number> {
  const rng = Rng.fromSeed(77);
  let right = 0;
  for (let i = 0; i < TESTS; i++) {
    const { input, truth } = point(rng);
    const { label: answer } = valueOf(await worker.classify({ taskId: 'side', decisionId: `test ${i}`, input }));
    if (answer === truth) right++;
  }
  return right / TESTS;
}

async function accuracyAfter(labelling: Labelling, task = side): Promise<number> {
  const { worker } = await start(new MemoryStore(), task);
  await label(worker, labelling);
  return accuracy(worker);
}

describe('feedback from several sources', () => {
  it('counts by how reliable its source turns out to be', async () => {
    const alone = await accuracyAfter({ rounds: 150, trolls: false });
    const told = await accuracyAfter({ rounds: 150 });
    const untold = await accuracyAfter({ rounds: 150, named: false });
    expect(told).toBeGreaterThan(untold);
    expect(told).toBeGreaterThan(alone - 0.03);
  });

  it('is believed as declared from the first label on', async () => {
    const told = await accuracyAfter({ rounds: 15 });
    const declared = await accuracyAfter({ rounds: 15 }, { ...side, sources: { visitor: 0.95, troll: 0.05 } });
    expect(declared).toBeGreaterThan(told);
  });

  it('is weighed the same after a restart', async () => {
    const [without, before] = [await start(), await start()];
    await label(without.worker, { rounds: 60 });
    await label(before.worker, { rounds: 60 });
    const after = await start(before.store);
    for (const { worker } of [without, after]) await label(worker, { rounds: 20, seed: 2 });
    const ask = async ({ worker }: { readonly worker: LearnerWorker }) =>
      valueOf(await worker.classify({ taskId: 'side', decisionId: 'last', input: { x: 0.1, y: -0.1 } })).probabilities;
    expect(await ask(after)).toEqual(await ask(without));
  });

  it('is one experience a source, and one only', async () => {
    const { worker } = await start();
    valueOf(await worker.classify({ taskId: 'side', decisionId: 'd', input: { x: 1 } }));
    const give = async (source?: string) =>
      valueOf(await worker.feedback({ decisionId: 'd', label: 'right', ...(source && { source }) })).duplicate;
    expect([await give(), await give('editor'), await give('editor'), await give()]).toEqual([
      false,
      false,
      true,
      true,
    ]);
  });

  it('counts for numbers, too', async () => {
    const learn = async (source: string | undefined) => {
      const { worker } = await start();
      const rng = Rng.fromSeed(3);
      for (let round = 0; round < 400; round++) {
        const x = rng.nextGaussian();
        const decisionId = `${round}`;
        valueOf(await worker.predict({ taskId: 'height', decisionId, input: { x } }));
        const wild = rng.nextInt(3) === 0;
        const value = wild ? 60 + 10 * rng.nextGaussian() : 3 * x + 0.1 * rng.nextGaussian();
        valueOf(await worker.feedback({ decisionId, value, ...(wild && source && { source }) }));
      }
      valueOf(await worker.checkpoint('height'));
      const { value } = valueOf(await worker.predict({ taskId: 'height', decisionId: 'end', input: { x: 1 } }));
      return Math.abs(value - 3);
    };
    const [told, untold] = await Promise.all([learn('sensor'), learn(undefined)]);
    expect(told).toBeLessThan(0.5);
    expect(told).toBeLessThan(untold);
  });
});

describe('rewards from several sources', () => {
  const list: RankingTask = {
    id: 'list',
    kind: 'ranking',
    schema: { candidate: { topic: 'categorical' } },
    comparison: { share: 0 },
    versions: { promotion: 'continuous' },
    sources: { visitor: 0.95, importer: 0.6 },
  };
  const candidates = ['css', 'html'].map((topic) => ({ id: topic, features: { topic } }));

  /** The visitor likes css, the importer says html, four times as often. @returns expected rewards by item */
  async function rewards(named: boolean) {
    const { worker } = await startNodeWorker({ store: new MemoryStore(), tasks: [list] });
    for (let round = 0; round < 50; round++) {
      const visitor = round % 5 === 0;
      const decisionId = `${round}`;
      valueOf(await worker.rank({ taskId: 'list', decisionId, context: {}, candidates }));
      for (const { id } of candidates) {
        const reward = (id === 'css') === visitor ? 1 : 0;
        const source = named && !visitor ? { source: 'importer' } : {};
        valueOf(await worker.feedback({ decisionId, item: id, reward, ...source }));
      }
    }
    valueOf(await worker.checkpoint('list'));
    const { order } = valueOf(await worker.rank({ taskId: 'list', decisionId: 'end', context: {}, candidates }));
    return Object.fromEntries(order.map(({ id, score }) => [id, score]));
  }

  it('count as their sources are declared', async () => {
    const [told, untold] = [await rewards(true), await rewards(false)];
    expect(told['css']).toBeGreaterThan(untold['css']! + 0.1);
    expect(told['html']).toBeLessThan(untold['html']! - 0.1);
  });
});

describe('SourceTrust', () => {
  it('weighs nothing while there is one source', () => {
    const trust = new SourceTrust({ visitor: 0.6, editor: 0.9 }, undefined);
    expect(trust.hear({ weight: 1 })).toBe(false);
    expect(trust.weightOf({ weight: 2 })).toBe(2);
  });

  it('weighs by the best source that was heard', () => {
    const trust = new SourceTrust({ visitor: 0.6, editor: 0.9 }, undefined);
    trust.hear({ weight: 1 });
    expect(trust.hear({ weight: 1, source: 'editor' })).toBe(true);
    expect(trust.weightOf({ weight: 2 })).toBeCloseTo((2 * 0.2) / 0.8);
    expect(trust.weightOf({ weight: 2, source: 'editor' })).toBe(2);
  });

  it('keeps the shares when the judge is against all of them', () => {
    const trust = new SourceTrust({}, undefined);
    for (const source of ['a', 'b']) trust.hear({ weight: 1, source });
    for (let i = 0; i < 500; i++) for (const source of ['a', 'b']) trust.judge({ weight: 1, source }, false, 1);
    expect(trust.weightOf({ weight: 1, source: 'a' })).toBe(1);
    expect(trust.weightOf({ weight: 1, source: 'b' })).toBe(1);
  });

  it('continues from its state, and refuses a damaged one', async () => {
    const trust = new SourceTrust({}, undefined);
    for (const source of ['a', 'b']) trust.hear({ weight: 1, source });
    for (let i = 0; i < 9; i++) trust.judge({ weight: 1, source: 'b' }, i % 3 === 0, 0.7);
    const { sources } = trust.state();
    expect(new SourceTrust({}, sources).state()).toEqual(trust.state());
    expect(new SourceTrust({}, undefined).state()).toEqual({});
    const damaged = { tensors: {}, values: { judgements: -1, sources: [] } };
    await expectCode(() => new SourceTrust({}, damaged), 'CHECKPOINT_CORRUPT');
  });
});
