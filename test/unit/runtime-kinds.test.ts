import { describe, expect, it } from 'vitest';
import { Rng } from '../../src/core/rng.ts';
import type { ForecastingTask, RegressionTask, RetrievalTask } from '../../src/core/task.ts';
import { MemoryStore } from '../../src/memory/memory-store.ts';
import type { LearnerWorker, WireResult } from '../../src/protocol/messages.ts';
import { startNodeWorker, valueOf } from '../support/node-worker.ts';

const price: RegressionTask = {
  id: 'price',
  kind: 'regression',
  schema: { input: { size: 'numeric', district: 'categorical' } },
};
const load: ForecastingTask = { id: 'load', kind: 'forecasting', horizon: 3, season: 4 };
const help: RetrievalTask = { id: 'help', kind: 'retrieval' };
const tasks = [price, load, help];

const start = async (store = new MemoryStore()) => ({ store, ...(await startNodeWorker({ store, tasks })) });
const codeOf = <T>(result: WireResult<T>) => (result.ok ? null : result.error.code);

describe('a regression task', () => {
  async function sell(worker: LearnerWorker, count: number, seed = 1): Promise<void> {
    const rng = Rng.fromSeed(seed);
    for (let i = 0; i < count; i++) {
      const size = 20 + 100 * rng.nextFloat();
      const district = ['north', 'south'][rng.nextInt(2)]!;
      const decisionId = `${seed}:${i}`;
      valueOf(await worker.predict({ taskId: 'price', decisionId, input: { size, district } }));
      const value = 3000 * size + (district === 'north' ? 50_000 : 0) + 1000 * rng.nextGaussian();
      valueOf(await worker.feedback({ decisionId, value }));
    }
    valueOf(await worker.checkpoint('price'));
  }
  const guess = async (worker: LearnerWorker, size: number, district = 'north') =>
    valueOf(await worker.predict({ taskId: 'price', decisionId: `${size} ${district}`, input: { size, district } }));

  it('learns numbers of any size, and says how sure it is', async () => {
    const { worker } = await start();
    await sell(worker, 300);
    for (const size of [40, 80, 110]) {
      const { value, lower, upper } = await guess(worker, size);
      const truth = 3000 * size + 50_000;
      expect(Math.abs(value - truth)).toBeLessThan(0.1 * truth);
      expect(lower).toBeLessThan(value);
      expect(upper).toBeGreaterThan(value);
    }
  });

  it('goes on after a restart as if there had been none', async () => {
    const { worker, store } = await start();
    await sell(worker, 40);
    const again = await start(store);
    expect(await guess(again.worker, 70)).toEqual(await guess(worker, 70));
    await sell(worker, 10, 2);
    const last = await start(store);
    expect(await guess(last.worker, 70)).toEqual(await guess(worker, 70));
  });

  it('takes a value and nothing else', async () => {
    const { worker } = await start();
    await guess(worker, 50);
    expect(codeOf(await worker.feedback({ decisionId: '50 north', label: 'dear' }))).toBe('INVALID_FEEDBACK');
    expect(codeOf(await worker.feedback({ decisionId: '50 north', value: NaN }))).toBe('INVALID_FEEDBACK');
    expect(codeOf(await worker.classify({ taskId: 'price', decisionId: 'x', input: {} }))).toBe('WRONG_TASK_KIND');
    expect(codeOf(await worker.predict({ taskId: 'price', decisionId: 'x', input: { size: Infinity } }))).toBe(
      'INVALID_FEATURE',
    );
  });
});

describe('a forecasting task', () => {
  const seasonal = (time: number) => 100 + [0, 30, -10, 5][time % 4]! + 0.1 * time;
  const times = (count: number) => Array.from({ length: count }, (_, time) => time);
  const forecast = async (worker: LearnerWorker, decisionId = 'f') =>
    valueOf(await worker.forecast({ taskId: 'load', decisionId })).steps;

  it('has nothing to say before the first value', async () => {
    const { worker } = await start();
    expect(await forecast(worker)).toEqual([]);
  });

  it('continues a series that repeats itself', async () => {
    const { worker } = await start();
    valueOf(
      await worker.observe(
        'load',
        times(200).map((time) => ({ time, value: seasonal(time) })),
      ),
    );
    valueOf(await worker.checkpoint('load'));
    const steps = await forecast(worker);
    expect(steps.map(({ time }) => time)).toEqual([200, 201, 202]);
    for (const { time, value, lower, upper } of steps) {
      expect(Math.abs(value - seasonal(time))).toBeLessThan(5);
      expect(lower).toBeLessThanOrEqual(value);
      expect(upper).toBeGreaterThanOrEqual(value);
    }
  });

  it('takes a time once, whatever the order, and remembers it over a restart', async () => {
    const { worker, store } = await start();
    const observations = times(60).map((time) => ({ time, value: time === 30 ? null : seasonal(time) }));
    valueOf(await worker.observe('load', observations.slice(0, 40)));
    valueOf(await worker.observe('load', observations.slice(40).reverse()));
    const again = valueOf(await worker.observe('load', [{ time: 59, value: 1e6 }]));
    expect(again.duplicate).toBe(true);
    valueOf(await worker.checkpoint('load'));
    const steps = await forecast(worker);
    expect(steps.map(({ time }) => time)).toEqual([60, 61, 62]);
    expect(await forecast((await start(store)).worker)).toEqual(steps);
  });

  it.each([[{ time: -1, value: 1 }], [{ time: 0.5, value: 1 }], [{ time: 1, value: NaN }], [{ time: 1 }]])(
    'refuses %j',
    async (observation) => {
      const { worker } = await start();
      expect(codeOf(await worker.observe('load', [observation as never]))).toBe('INVALID_FEEDBACK');
    },
  );
});

describe('a retrieval task', () => {
  const items = [
    { id: 'reset', text: 'How do I reset my password?', answer: 'Use the link on the sign-in page.' },
    { id: 'parcel', text: 'Where is my parcel?', answer: 'Track it under orders.' },
    { id: 'refund', text: 'When do I get my money back?', answer: 'Within ten days.' },
  ];
  async function stocked() {
    const { worker, store } = await start();
    valueOf(await worker.addItems({ taskId: 'help', requestId: 'first', source: 'import', items }));
    valueOf(await worker.checkpoint('help'));
    return { worker, store };
  }
  const found = async (worker: LearnerWorker, text: string, decisionId = text) =>
    valueOf(await worker.retrieve({ taskId: 'help', decisionId, query: { text, count: 2 } })).items;

  it('finds what is near, with its answer and where it is from', async () => {
    const { worker } = await stocked();
    const [best] = await found(worker, 'I forgot my password, how to reset it?');
    expect(best).toMatchObject({ id: 'reset', answer: items[0]!.answer, provenance: { source: 'import' } });
    expect(await found(worker, 'money back please')).toMatchObject([{ id: 'refund' }, {}]);
  });

  it('puts a correction first, at once and after a restart', async () => {
    const { worker, store } = await stocked();
    const query = 'my order has not come';
    await found(worker, query, 'asked');
    const correction = { newItem: { id: 'late', text: 'late delivery', answer: 'Write to us.' } };
    valueOf(await worker.feedback({ decisionId: 'asked', correction, source: 'editor' }));
    valueOf(await worker.checkpoint('help'));
    const [best] = await found(worker, query);
    expect(best).toMatchObject({ id: 'late', answer: 'Write to us.', provenance: { source: 'editor' } });
    expect(best?.correctedBy).not.toBeNull();
    const { id, answer, correctedBy } = best!;
    expect(await found((await start(store)).worker, query)).toMatchObject([{ id, answer, correctedBy }, {}]);
  });

  it('moves an item by votes, for queries like that one', async () => {
    const { worker } = await stocked();
    const [before] = await found(worker, 'where is my parcel', 'asked');
    valueOf(await worker.feedback({ decisionId: 'asked', item: 'parcel', vote: 'down' }));
    valueOf(await worker.checkpoint('help'));
    const after = (await found(worker, 'where is my parcel')).find(({ id }) => id === 'parcel');
    expect(after?.score ?? -1).toBeLessThan(before!.score);
  });

  it('forgets what was removed', async () => {
    const { worker } = await stocked();
    valueOf(await worker.removeItems({ taskId: 'help', requestId: 'second', source: 'page', ids: ['parcel'] }));
    valueOf(await worker.checkpoint('help'));
    expect((await found(worker, 'where is my parcel')).map(({ id }) => id)).not.toContain('parcel');
  });

  it('takes a request that comes twice once', async () => {
    const { worker } = await stocked();
    const again = valueOf(await worker.addItems({ taskId: 'help', requestId: 'first', source: 'import', items }));
    expect(again.duplicate).toBe(true);
  });

  it('refuses what is no item, no vote and no query', async () => {
    const { worker } = await stocked();
    const add = (item: object) =>
      worker.addItems({ taskId: 'help', requestId: 'bad', source: 'import', items: [item as never] });
    expect(codeOf(await add({ text: 'no id' }))).toBe('INVALID_DATA');
    expect(codeOf(await add({ id: 'x', text: 'a', embedding: [1, 2] }))).toBe('INVALID_DATA');
    for (const nothing of [null, 'text', 5]) expect(codeOf(await add(nothing as never))).toBe('INVALID_DATA');
    expect(codeOf(await add({ id: 'x', embedding: 5 }))).toBe('INVALID_DATA');
    expect(codeOf(await worker.addItems({ taskId: 'help', requestId: 'bad', source: 'a' } as never))).toBe(
      'INVALID_DATA',
    );
    const ids = [null] as never;
    const remove = { taskId: 'help', requestId: 'bad', source: 'import', ids };
    expect(codeOf(await worker.removeItems(remove))).toBe('INVALID_DATA');
    for (const query of [{ text: 'parcel', count: 0 }, { text: 5 }, { embedding: 5 }, {}, 'parcel', null, undefined])
      expect(codeOf(await worker.retrieve({ taskId: 'help', decisionId: 'd', query: query as never }))).toBe(
        'INVALID_DATA',
      );
    await found(worker, 'parcel', 'asked');
    expect(codeOf(await worker.feedback({ decisionId: 'asked', item: 'nothing', vote: 'up' }))).toBe(
      'INVALID_FEEDBACK',
    );
    expect(codeOf(await worker.feedback({ decisionId: 'asked', item: 'parcel' }))).toBe('INVALID_FEEDBACK');
  });
});
