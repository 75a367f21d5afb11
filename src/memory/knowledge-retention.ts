import type { KnowledgeRecord } from './knowledge-record.ts';
import { KNOWLEDGE_REVISIONS } from './store.ts';

export interface KnowledgeChange {
  /** Those that are new or changed. */
  readonly put: readonly KnowledgeRecord[];
  /** Ids of those that are too old to keep. */
  readonly dropped: string[];
}

/**
 * What writing `added` does to the history of one kind and key.
 * @param stored what is there, in any order
 */
export function changedHistory(stored: readonly KnowledgeRecord[], added: readonly KnowledgeRecord[]): KnowledgeChange {
  const history = new Map([...stored, ...added].map((record) => [record.knowledgeId, record]));
  const newestFirst = [...history.values()].sort(
    (a, b) => b.revision - a.revision || (a.madeAtMs > b.madeAtMs ? -1 : 1),
  );
  const [current] = newestFirst;
  const put = newestFirst.slice(0, KNOWLEDGE_REVISIONS).map((record, index) => {
    const next = newestFirst[index - 1] ?? current;
    return index === 0 || record.supersededAtMs !== null ? record : { ...record, supersededAtMs: next?.madeAtMs ?? 0 };
  });
  const before = new Set(stored);
  const changed = put.filter((record) => !before.has(record));
  return { put: changed, dropped: newestFirst.slice(KNOWLEDGE_REVISIONS).map(({ knowledgeId }) => knowledgeId) };
}

/** Lists of one kind and key each. */
export function byKindAndKey(records: readonly KnowledgeRecord[]): KnowledgeRecord[][] {
  const lists = new Map<string, KnowledgeRecord[]>();
  for (const record of records) {
    const name = JSON.stringify([record.kind, record.key]);
    const list = lists.get(name);
    if (list) list.push(record);
    else lists.set(name, [record]);
  }
  return [...lists.values()];
}
