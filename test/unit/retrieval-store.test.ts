import { describe, expect, it } from 'vitest';
import { applyRetrievalEvent } from '../../src/memory/retrieval/apply-retrieval-event.ts';
import type { RetrievalEvent } from '../../src/memory/retrieval/retrieval-event.ts';
import { RetrievalStore, type RetrievalOptions } from '../../src/memory/retrieval/retrieval-store.ts';
import { expectCode } from '../support/expect-code.ts';
import { articles, eventMaker } from './retrieval-fixture.ts';

const DAY_MS = 24 * 3600 * 1000;

function filled(options: RetrievalOptions = {}) {
  const make = eventMaker();
  const store = new RetrievalStore(options);
  for (const [id, text] of articles) applyRetrievalEvent(store, make.added(id, text));
  const apply = (event: RetrievalEvent) => applyRetrievalEvent(store, event);
  const ids = (text: string, k = 5, nowMs = 100_000) => store.search({ text }, k, nowMs).map(({ id }) => id);
  return { make, store, apply, ids };
}

describe('search', () => {
  it('finds items by their words, also where they are bent or misspelt', () => {
    const { ids } = filled();
    expect(ids('where is my parcel', 1)).toEqual(['parcel']);
    expect(ids('refunding', 1)).toEqual(['refund']);
    expect(ids('forgotten pasword', 1)).toEqual(['password']);
    expect(ids('downloading invoices', 1)).toEqual(['invoice']);
  });

  it('gives answer, features and provenance, and no more than asked for', () => {
    const { store, apply } = filled();
    const item = {
      id: 'x',
      text: 'gift wrapping',
      answer: { url: '/gifts', steps: [1, 2] },
      features: { topic: 'gifts' },
    };
    apply({ kind: 'added', eventId: 'import', atMs: 5, source: 'editor', item });
    const [hit] = store.search({ text: 'gift wrapping' }, 3, 10);
    expect(hit).toMatchObject({ id: 'x', answer: item.answer, features: item.features });
    expect(hit?.provenance).toEqual({ eventId: 'import', atMs: 5, source: 'editor' });
    expect(hit?.score).toBeGreaterThan(0.9);
    expect(store.search({ text: 'gift' }, 3, 10)).toHaveLength(3);
    expect(store.search({ text: 'gift' }, 0, 10)).toEqual([]);
  });

  it('orders equal items by when they were added', () => {
    const make = eventMaker();
    const store = new RetrievalStore();
    for (const id of ['c', 'a', 'b']) applyRetrievalEvent(store, make.added(id, 'the same text'));
    expect(store.search({ text: 'same text' }, 3, 0).map(({ id }) => id)).toEqual(['c', 'a', 'b']);
  });

  it('weighs rare words of the question more than common ones', () => {
    const make = eventMaker();
    const store = new RetrievalStore();
    for (let n = 0; n < 30; n++) applyRetrievalEvent(store, make.added(`card ${n}`, `card card thing${n}`));
    applyRetrievalEvent(store, make.added('zebra', 'zebra crossing with many other long words beside'));
    expect(store.search({ text: 'card zebra' }, 1, 0)[0]?.id).toBe('zebra');
  });

  it('refuses a question without a vector in its space', async () => {
    const { store } = filled();
    const embedding = { spaceId: 'other@1/2', vector: [1, 0] };
    await expectCode(() => store.search({ embedding }, 1, 0), 'INVALID_DATA');
    await expectCode(() => store.search({}, 1, 0), 'INVALID_DATA');
  });
});

describe('feedback', () => {
  const question = 'change the order';

  it('moves an item for questions like the one it was given for, and for no other', () => {
    const { apply, make, store } = filled();
    const score = (text: string, id: string) =>
      store.search({ text }, 5, 100_000).find((hit) => hit.id === id)?.score ?? NaN;
    const [like, other] = ['change the orders', 'download my invoice'];
    const before = [score(question, 'invoice'), score(like, 'invoice'), score(other, 'invoice')];
    apply(make.down('invoice', question));
    const after = [score(question, 'invoice'), score(like, 'invoice'), score(other, 'invoice')];
    expect(before[0]! - after[0]!).toBeCloseTo(0.25, 1);
    expect(before[1]! - after[1]!).toBeGreaterThan(0.05);
    expect(before[1]! - after[1]!).toBeLessThan(before[0]! - after[0]!);
    expect(after[2]).toBe(before[2]);
    apply(make.up('address', question));
    expect(store.search({ text: question }, 1, 100_000)[0]).toMatchObject({ id: 'address', feedback: ['e7'] });
  });

  it('is bounded, however much there is of it', () => {
    const { apply, make, store } = filled();
    for (let n = 0; n < 200; n++) apply(make.up('password', question));
    const found = store.search({ text: question }, 5, 200_000).find(({ id }) => id === 'password');
    expect(found!.score - found!.similarity).toBeCloseTo(0.6, 3);
  });

  it('fades by half in its half-life', () => {
    const { apply, make, store } = filled({ feedback: { halfLifeMs: DAY_MS } });
    apply(make.up('refund', question));
    const shift = (nowMs: number) => {
      const found = store.search({ text: question }, 5, nowMs).find(({ id }) => id === 'refund')!;
      return found.score - found.similarity;
    };
    expect(shift(6000 + DAY_MS)).toBeCloseTo(shift(6000) / 2, 2);
    expect(shift(6000 + 40 * DAY_MS)).toBeLessThan(1e-9);
    expect(shift(0)).toBeCloseTo(shift(6000), 12);
  });

  it('about an item that is not there is not applied', () => {
    const { apply, make, store } = filled();
    const before = store.state();
    expect(apply(make.up('nobody', question))).toEqual({ applied: false, evicted: [] });
    expect(apply(make.corrected(question, null, 'nobody')).applied).toBe(false);
    expect(apply(make.removed('nobody')).applied).toBe(false);
    expect(store.state()).toEqual(before);
  });
});

describe('a correction', () => {
  const question = 'my thing never came';

  it('puts its answer first for the same question at once, and keeps it there', () => {
    const { apply, make, store, ids } = filled();
    expect(ids(question, 1)).not.toEqual(['refund']);
    apply(make.corrected(question, 'parcel', 'refund'));
    expect(ids(question, 1)).toEqual(['refund']);
    expect(ids(question.toUpperCase(), 1, 1000 * DAY_MS)).toEqual(['refund']);
    expect(store.search({ text: question }, 1, 0)[0]?.correctedBy).toBe('e6');
    expect(ids('reset a password', 1)).toEqual(['password']);
  });

  it('can bring the answer along', () => {
    const { apply, make, ids } = filled();
    apply(make.taught({ text: question }, 'lost', 'Lost in the post'));
    expect(ids(question, 1)).toEqual(['lost']);
  });

  it('takes the place of an earlier one, which is kept and says so', () => {
    const { apply, make, store, ids } = filled();
    apply(make.corrected(question, 'parcel', 'refund'));
    apply(make.corrected(question, 'refund', 'address'));
    expect(ids(question, 1)).toEqual(['address']);
    const [first, second] = store.feedbackAbout('refund');
    expect(first).toMatchObject({ eventId: 'e6', atMs: 6000, acceptedId: 'refund', supersededBy: 'e7' });
    expect(second).toMatchObject({ eventId: 'e7', itemId: 'refund', acceptedId: 'address', supersededBy: null });
  });

  it('is taken back when its answer is refused', () => {
    const { apply, make, store, ids } = filled();
    const before = ids(question, 1);
    apply(make.corrected(question, 'parcel', 'refund'));
    apply(make.down('refund', question));
    expect(ids(question, 1)).toEqual(before);
    expect(store.feedbackAbout('refund')[0]?.supersededBy).toBe('e7');
  });

  it('does nothing once its answer is gone', () => {
    const { apply, make, ids } = filled();
    apply(make.corrected(question, 'parcel', 'refund'));
    apply(make.removed('refund'));
    expect(ids(question, 5)).not.toContain('refund');
    expect(ids(question, 5)).toHaveLength(4);
  });
});

describe('provenance', () => {
  it('keeps what was replaced or removed', () => {
    const { apply, make, store, ids } = filled();
    apply(make.added('refund', 'Money back within 30 days'));
    expect(store.size).toBe(5);
    expect(ids('money back', 1)).toEqual(['refund']);
    apply(make.removed('refund'));
    expect(ids('money back', 5)).not.toContain('refund');
    expect(store.history('refund').map(({ eventId, supersededBy }) => [eventId, supersededBy])).toEqual([
      ['e2', 'e6'],
      ['e6', 'e7'],
    ]);
  });

  it('takes every event once', () => {
    const { apply, make, store } = filled();
    const event = make.up('refund', 'order');
    expect(apply(event).applied).toBe(true);
    const before = store.state();
    expect(apply(event).applied).toBe(false);
    expect(store.state()).toEqual(before);
  });

  it('refuses events that are not ones, and changes nothing', async () => {
    const { store, make } = filled();
    const before = store.state();
    const bad: unknown[] = [
      { ...make.up('refund', 'x'), kind: 'sideways' },
      { ...make.up('refund', 'x'), atMs: NaN },
      { ...make.up('refund', 'x'), query: {} },
      { ...make.added('y', 'y'), item: { id: 'y', answer: 1 } },
      { ...make.added('y', 'y'), item: { id: 'y', text: 'y', answer: () => 1 } },
      { ...make.added('y', 'y'), item: { id: 'y', answer: 1, embedding: { spaceId: 'a', vector: [NaN] } } },
    ];
    for (const event of bad)
      await expectCode(() => applyRetrievalEvent(store, event as RetrievalEvent), 'INVALID_DATA');
    expect(store.state()).toEqual(before);
  });
});
