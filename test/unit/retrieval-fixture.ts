import type { RetrievalEvent, RetrievalQuery } from '../../src/memory/retrieval/retrieval-event.ts';

/** Events in short: each gets an id and a time of its own, a second after the one before. */
export function eventMaker(source = 'test') {
  let count = 0;
  const common = () => ({ eventId: `e${++count}`, atMs: count * 1000, source });
  return {
    added: (id: string, text: string, answer = id): RetrievalEvent => ({
      ...common(),
      kind: 'added',
      item: { id, text, answer },
    }),
    removed: (itemId: string): RetrievalEvent => ({ ...common(), kind: 'removed', itemId }),
    up: (itemId: string, text: string): RetrievalEvent => ({ ...common(), kind: 'up', itemId, query: { text } }),
    down: (itemId: string, text: string): RetrievalEvent => ({ ...common(), kind: 'down', itemId, query: { text } }),
    corrected: (text: string, rejectedId: string | null, itemId: string): RetrievalEvent => ({
      ...common(),
      kind: 'corrected',
      ...{ query: { text }, rejectedId, accepted: { itemId } },
    }),
    taught: (query: RetrievalQuery, id: string, text: string): RetrievalEvent => ({
      ...common(),
      kind: 'corrected',
      ...{ query, rejectedId: null, accepted: { item: { id, text, answer: id } } },
    }),
  };
}

export const articles: readonly (readonly [string, string])[] = [
  ['parcel', 'Where is my parcel? Track a delivery'],
  ['refund', 'Return an order and get a refund'],
  ['password', 'Reset a forgotten password'],
  ['invoice', 'Download the invoice of an order'],
  ['address', 'Change the delivery address'],
];
