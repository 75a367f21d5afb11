import type { DecisionExplanation } from 'tendril';

import { rawData } from '../raw-data.ts';

/** What `tendril.feed.explain` has said of one item, without the other items. */
export function rawExplanation(id: string, { items, signals, ...decision }: DecisionExplanation): HTMLElement[] {
  const own = signals.filter(({ item }) => item === id || item === null);
  return [rawData(() => ({ ...decision, item: items.find(({ item }) => item === id) ?? null, signals: own }))];
}
