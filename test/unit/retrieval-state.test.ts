import { describe, expect, it } from 'vitest';
import type { PartState } from '../../src/core/part-state.ts';
import { applyRetrievalEvent } from '../../src/memory/retrieval/apply-retrieval-event.ts';
import { spaceId, type EmbeddingSpace } from '../../src/memory/retrieval/embedding-space.ts';
import { hashedTextSpace } from '../../src/memory/retrieval/hashed-text.ts';
import type { RetrievalEvent } from '../../src/memory/retrieval/retrieval-event.ts';
import { RetrievalStore, type RetrievalOptions } from '../../src/memory/retrieval/retrieval-store.ts';
import { expectCode } from '../support/expect-code.ts';
import { articles, eventMaker } from './retrieval-fixture.ts';

function log(): RetrievalEvent[] {
  const make = eventMaker();
  return [
    ...articles.map(([id, text]) => make.added(id, text)),
    make.up('refund', 'money back'),
    make.corrected('it never came', 'parcel', 'refund'),
    make.added('refund', 'Money back'),
    make.corrected('it never came', 'refund', 'parcel'),
    make.down('invoice', 'paper'),
    make.removed('address'),
  ];
}

function storeOf(events: readonly RetrievalEvent[], options: RetrievalOptions = {}): RetrievalStore {
  const store = new RetrievalStore(options);
  for (const event of events) applyRetrievalEvent(store, event);
  return store;
}

const resized = (item: Record<string, unknown>, by: number) => {
  const { vector } = item as { vector: { size: number } | null };
  return { ...item, vector: vector && { ...vector, size: vector.size + by } };
};
const answers = (store: RetrievalStore) =>
  ['it never came', 'money', 'order', 'paper'].map((text) => store.search({ text }, 5, 50_000));

describe('the state', () => {
  it('is that of a store that took the same log, wherever it was stopped', () => {
    const events = log();
    const whole = storeOf(events);
    for (let stop = 0; stop <= events.length; stop++) {
      const resumed = new RetrievalStore();
      resumed.restore(structuredClone(storeOf(events.slice(0, stop)).state()));
      for (const event of events.slice(stop)) applyRetrievalEvent(resumed, event);
      expect(resumed.state()).toEqual(whole.state());
      expect(answers(resumed)).toEqual(answers(whole));
      expect(resumed.bytes).toBe(whole.bytes);
    }
  });

  it('survives JSON, and is a copy', () => {
    const store = storeOf(log());
    const { tensors, values } = store.state();
    const restored = new RetrievalStore();
    restored.restore({ tensors, values: JSON.parse(JSON.stringify(values)) as PartState['values'] });
    expect(restored.state()).toEqual({ tensors, values });
    applyRetrievalEvent(store, eventMaker('later').removed('parcel'));
    expect(restored.state()).toEqual({ tensors, values });
  });

  it('that is damaged is refused, and leaves the store as it was', async () => {
    const { tensors, values } = storeOf(log()).state();
    const vectors = tensors['vectors'] as Float32Array<ArrayBuffer>;
    const items = values['items'] as Record<string, never>[];
    const broken: PartState[] = [
      { tensors: {}, values },
      { tensors: { vectors: vectors.slice(1) }, values },
      { tensors: { vectors: vectors.map((value, index) => (index === 3 ? NaN : value)) }, values },
      { tensors, values: { ...values, format: 2 } },
      { tensors, values: { ...values, sequence: 3 } },
      { tensors, values: { ...values, items: [...items, items[0]!] } },
      { tensors, values: { ...values, items: items.map((item) => ({ ...item, atMs: 'noon' })) } },
      { tensors, values: { ...values, feedback: null } },
      {
        tensors,
        values: { ...values, items: items.map((item, index) => resized(item, [-1, 1][index] ?? 0)) },
      },
    ];
    const store = storeOf(log().slice(0, 3));
    const before = store.state();
    for (const state of broken) {
      await expectCode(() => {
        store.restore(state);
      }, 'CHECKPOINT_CORRUPT');
    }
    expect(store.state()).toEqual(before);
  });
});

describe('another space', () => {
  const page: EmbeddingSpace = { name: 'page-model', size: 3, version: '1' };
  const embedding = (vector: number[], space = page) => ({ spaceId: spaceId(space), vector });
  const common = (eventId: string) => ({ eventId, atMs: 1, source: 'page' });
  const added = (id: string, vector: number[], space = page): RetrievalEvent => ({
    ...common(`add ${id}`),
    kind: 'added',
    item: { id, text: id, answer: id, embedding: embedding(vector, space) },
  });
  const find = (store: RetrievalStore, vector: number[]) =>
    store.search({ embedding: embedding(vector) }, 5, 1).map(({ id }) => id);

  it('can be given by the page, vectors of any length', async () => {
    const store = storeOf([added('x', [5, 0, 0]), added('y', [0, 0.1, 0])], { space: page });
    expect(find(store, [0, 2, 1])).toEqual(['y', 'x']);
    expect(store.search({ embedding: embedding([0, 9, 0]) }, 1, 1)[0]?.score).toBeCloseTo(1, 6);
    await expectCode(() => applyRetrievalEvent(store, added('z', [1, 2])), 'INVALID_DATA');
    expect(store.size).toBe(2);
  });

  it('is never compared: vectors of an older version wait until their texts are embedded again', async () => {
    const newer = { ...page, version: '2' };
    const store = storeOf([added('x', [1, 0, 0]), added('y', [0, 1, 0])], { space: page });
    const vote = { ...common('vote'), kind: 'up' as const, itemId: 'y' };
    applyRetrievalEvent(store, { ...vote, query: { text: 'why', embedding: embedding([0, 1, 0]) } });
    const renewed = new RetrievalStore({ space: newer });
    renewed.restore(store.state());
    const query = { embedding: embedding([1, 0, 0], newer) };
    expect(renewed.search(query, 5, 1)).toEqual([]);
    expect(renewed.unembedded()).toEqual([
      { sequence: 0, text: 'x' },
      { sequence: 1, text: 'y' },
      { sequence: 2, text: 'why' },
    ]);
    expect(renewed.unembedded(1)).toHaveLength(1);
    // What waits keeps its old vector: going back loses nothing.
    const back = new RetrievalStore({ space: page });
    back.restore(renewed.state());
    expect(back.state()).toEqual(store.state());
    expect(renewed.embed(1, [1, 0, 0])).toBe(true);
    expect(renewed.embed(2, [1, 0, 0])).toBe(true);
    expect(renewed.search(query, 5, 1)).toMatchObject([{ id: 'y', similarity: 1, feedback: ['vote'] }]);
    expect(renewed.embed(99, [1, 0, 0])).toBe(false);
    await expectCode(() => renewed.embed(0, [1]), 'INVALID_DATA');
  });

  it('of Tendril itself embeds the texts anew by itself', () => {
    const store = new RetrievalStore();
    store.restore(storeOf([added('parcel tracking', [1, 0, 0]), added('refund', [0, 1, 0])], { space: page }).state());
    expect(store.unembedded()).toEqual([]);
    expect(store.search({ text: 'tracking' }, 1, 1)[0]?.id).toBe('parcel tracking');
    const smaller = new RetrievalStore({ space: hashedTextSpace(128) });
    smaller.restore(store.state());
    expect(smaller.search({ text: 'tracking' }, 1, 1)[0]?.id).toBe('parcel tracking');
    expect(smaller.state().tensors['vectors']).toHaveLength(256);
  });

  it('takes items whose vector is still to come', () => {
    const item = { id: 'x', text: 'x', answer: 1 };
    const store = storeOf([{ ...common('1'), kind: 'added', item }], { space: page });
    expect(find(store, [1, 0, 0])).toEqual([]);
    expect(store.embed(0, [1, 0, 0])).toBe(true);
    expect(find(store, [1, 0, 0])).toEqual(['x']);
  });
});

describe('the budget', () => {
  const options = { space: hashedTextSpace(16), budgetBytes: 6000 };
  const many = (count: number) => {
    const make = eventMaker();
    return Array.from({ length: count }, (_, index) => make.added(`item ${index}`, `text number ${index}`));
  };

  it('holds whatever comes, and says what went', () => {
    const store = new RetrievalStore(options);
    const evicted = many(200).flatMap((event) => applyRetrievalEvent(store, event).evicted);
    expect(store.bytes).toBeLessThanOrEqual(6000);
    expect(store.size).toBeGreaterThan(10);
    expect(evicted).toHaveLength(200 - store.size);
    expect(evicted.slice(0, 3)).toEqual(['e1', 'e2', 'e3']);
  });

  it('gives up history first, then what is old and unconfirmed, corrections last', () => {
    const make = eventMaker('votes');
    const rename = (event: RetrievalEvent, index: number) => ({ ...event, eventId: `v${index}` });
    const votes = [
      make.added('item 5', 'text number five'),
      make.up('item 0', 'zero'),
      make.corrected('which one', null, 'item 1'),
    ].map(rename);
    const store = storeOf([...many(6), ...votes], options);
    const evicted = many(80)
      .map((event, index) => ({ ...rename(event, index + 100), item: { id: `new ${index}`, text: 'x', answer: 1 } }))
      .flatMap((event) => applyRetrievalEvent(store, event as RetrievalEvent).evicted);
    // The replaced entry of item 5, then 2, 3, 4 and 5 by age, then the vote for item 0.
    expect(evicted.slice(0, 6)).toEqual(['e6', 'e3', 'e4', 'e5', 'v0', 'v1']);
    expect(store.history('item 1')).toHaveLength(1);
    expect(store.search({ text: 'which one' }, 1, 0)[0]).toMatchObject({ id: 'item 1', correctedBy: 'v2' });
  });

  it('refuses an item that is larger than all of it', async () => {
    const store = new RetrievalStore(options);
    const [event] = many(1) as [Extract<RetrievalEvent, { kind: 'added' }>];
    const large = { ...event, item: { ...event.item, text: 'long '.repeat(2000) } };
    await expectCode(() => applyRetrievalEvent(store, large), 'INVALID_DATA');
    expect(store.size).toBe(0);
  });
});
