import type { ForgetAccount } from 'tendril';

import { create } from '../dom.ts';
import { rawData } from '../raw-data.ts';
import { count, listed } from '../words.ts';
import type { Forgotten } from './forgetter.ts';

/** What can be removed, and what a visitor calls it; in the order of telling. */
const REMOVED: readonly (readonly [table: string, one: string, many: string])[] = [
  ['signals', 'thing that was noticed', 'things that were noticed'],
  ['experiences', 'note', 'notes'],
  ['knowledge', 'piece of lasting memory', 'pieces of lasting memory'],
  ['decisions', 'order of the list', 'orders of the list'],
  ['outbox', 'model that waited to be published', 'models that waited to be published'],
];

/** What was forgotten, and what that meant, as it was reported. @param published whether the model is known to the registry */
export function accountOf(forgotten: Forgotten, published: boolean): HTMLElement {
  const { accounts, error } = forgotten;
  return create(
    'div',
    { class: 'account' },
    ...accountSentences(forgotten, published).map((sentence) => create('p', {}, sentence)),
    rawData(() => (error === null ? accounts : { accounts, error })),
  );
}

export function accountSentences({ accounts, error }: Forgotten, published: boolean): string[] {
  if (error === null) return tell(accounts, published);
  const failed = `Not all of it could be forgotten: ${error.message}`;
  return accounts.length === 0 ? [failed] : [failed, ...tell(accounts, published)];
}

function tell(accounts: readonly ForgetAccount[], published: boolean): string[] {
  const removed = totals(accounts);
  const parts = REMOVED.filter(([table]) => (removed[table] ?? 0) > 0).map(([table, one, many]) =>
    count(removed[table] ?? 0, one, many),
  );
  const struck = removed['redacted'] ?? 0;
  if (parts.length === 0 && struck === 0) return ['Nothing of it was stored, so there was nothing to forget.'];
  const sentences = [parts.length === 0 ? 'Forgotten.' : `Forgotten: ${listed(parts)}.`];
  if (struck > 0)
    sentences.push(`It was struck out of ${count(struck, 'earlier order', 'earlier orders')} of the list.`);
  sentences.push(modelSentence(accounts, removed));
  if (published) sentences.push('A model that was published before cannot be called back.');
  return sentences;
}

/** The request that went back farthest says where the reader began again; the last one what it learned from there. */
function modelSentence(accounts: readonly ForgetAccount[], removed: Readonly<Record<string, number>>): string {
  if ((removed['experiences'] ?? 0) === 0 && (removed['checkpoints'] ?? 0) === 0)
    return 'Your reader had learned nothing from it.';
  const earliest = accounts.reduce((a, b) => (b.restoredFrom < a.restoredFrom ? b : a));
  const from = earliest.restoredFrom === 0 ? 'to its beginning' : 'to where it had not seen any of it';
  const relearned = Math.max(0, ...accounts.map((account) => account.relearned));
  return relearned === 0
    ? `Your reader went back ${from}.`
    : `Your reader went back ${from} and learned the other ${count(relearned, 'note')} again.`;
}

function totals(accounts: readonly ForgetAccount[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const { removed } of accounts)
    for (const [table, number] of Object.entries(removed)) sums[table] = (sums[table] ?? 0) + number;
  return sums;
}
