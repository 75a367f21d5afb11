import { parseRetrievalEvent, type RetrievalEvent } from './retrieval-event.ts';
import type { AppliedEvent, RetrievalStore } from './retrieval-store.ts';

/**
 * Takes one event of the log into a store. The store afterwards depends on the events and their order alone, not on time, chance or who asked:
 * the same log gives the same store. An event that was delivered before changes nothing.
 * @throws INVALID_DATA when it is not such an event or does not fit the store; the store is unchanged then
 */
export function applyRetrievalEvent(store: RetrievalStore, event: RetrievalEvent): AppliedEvent {
  return store.apply(parseRetrievalEvent(event));
}
