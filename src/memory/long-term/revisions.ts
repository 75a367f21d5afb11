import * as v from 'valibot';
import type { KnowledgeKind, KnowledgeRecord } from './knowledge.ts';
import type { Sources } from './sources.ts';

export const revisionsSchema = v.array(
  v.tuple([v.string(), v.object({ revision: v.number(), gone: v.boolean(), to: v.number() })]),
);
export type RevisionsState = v.InferOutput<typeof revisionsSchema>;

/** Keys that are remembered, more than can stand at a time. */
const MOST = 8192;

interface Standing {
  readonly revision: number;
  /** What was last said is that there is nothing any more. */
  readonly gone: boolean;
  /** Last log position that it was made of. */
  readonly to: number;
}

/** Which entries were written, so that each new one names the one whose place it takes. */
export class Revisions {
  readonly #modelKey: string;
  readonly #standing = new Map<string, Standing>();

  constructor(modelKey: string) {
    this.#modelKey = modelKey;
  }

  /** Goes on from records that were written by another. */
  adopt(records: readonly KnowledgeRecord[]): void {
    for (const { kind, key, revision, value, sources } of records) {
      const name = nameOf(kind, key);
      if ((this.#standing.get(name)?.revision ?? 0) < revision)
        this.#standing.set(name, { revision, gone: value === null, to: sources.to });
    }
  }

  /** The next record of a kind and key. */
  next<K extends KnowledgeKind>(
    kind: K,
    key: string,
    value: Extract<KnowledgeRecord, { kind: K }>['value'],
    sources: Sources,
    madeAtMs: number,
  ): KnowledgeRecord {
    const name = nameOf(kind, key);
    const before = this.#standing.get(name);
    const revision = (before?.revision ?? 0) + 1;
    this.#standing.delete(name);
    this.#standing.set(name, { revision, gone: value === null, to: sources.to });
    if (this.#standing.size > MOST) this.#forgetGone();
    const record = {
      knowledgeId: this.#idOf(name, revision),
      modelKey: this.#modelKey,
      kind,
      key,
      revision,
      supersedes: before ? this.#idOf(name, before.revision) : null,
      supersededAtMs: null,
      madeAtMs,
      sources: { ...sources, positions: [...sources.positions] },
      value,
    };
    return record as unknown as KnowledgeRecord;
  }

  /** Keys of a kind under which something stands, with the last log position behind it. */
  standing(kind: KnowledgeKind): { key: string; to: number }[] {
    const prefix = nameOf(kind, '');
    return [...this.#standing]
      .filter(([name, { gone }]) => !gone && name.startsWith(prefix))
      .map(([name, { to }]) => ({ key: name.slice(prefix.length), to }));
  }

  /** Half of those under which nothing stands, the oldest ones: what they would be followed by begins at 1 again. */
  #forgetGone(): void {
    const gone = [...this.#standing].filter(([, standing]) => standing.gone).map(([name]) => name);
    for (const name of gone.slice(0, Math.ceil(gone.length / 2))) this.#standing.delete(name);
  }

  state(): RevisionsState {
    return [...this.#standing];
  }

  restore(state: RevisionsState): void {
    this.#standing.clear();
    for (const [name, standing] of state) this.#standing.set(name, standing);
  }

  #idOf(name: string, revision: number): string {
    return `${this.#modelKey}/${name}:${revision}`;
  }
}

function nameOf(kind: KnowledgeKind, key: string): string {
  return `${kind}:${key}`;
}
