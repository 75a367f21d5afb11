/** One entry that was opened. */
interface Opened {
  readonly id: string;
  /** Milliseconds since the Unix epoch; 0 where an earlier version of this page did not keep it. */
  readonly atMs: number;
  /** The decision that showed it; null where that is not known. */
  readonly decisionId: string | null;
}

/** The entries that were opened, oldest first. They are the page's own memory, beside what Tendril learned from them. */
export class ReadEntries {
  readonly #key: string;
  readonly #opened: Map<string, Opened>;

  constructor(namespace: string) {
    this.#key = `${namespace}.read`;
    this.#opened = new Map(load(this.#key).map((opened) => [opened.id, opened]));
  }

  has(id: string): boolean {
    return this.#opened.has(id);
  }

  decisionOf(id: string): string | null {
    return this.#opened.get(id)?.decisionId ?? null;
  }

  add(opened: Opened): void {
    this.#opened.set(opened.id, opened);
    this.#save();
  }

  forget(id: string): void {
    this.#opened.delete(id);
    this.#save();
  }

  forgetSince(fromMs: number): void {
    for (const { id, atMs } of this.#opened.values()) if (atMs >= fromMs) this.#opened.delete(id);
    this.#save();
  }

  forgetAll(): void {
    this.#opened.clear();
    this.#save();
  }

  #save(): void {
    try {
      if (this.#opened.size === 0) localStorage.removeItem(this.#key);
      else localStorage.setItem(this.#key, JSON.stringify([...this.#opened.values()]));
    } catch {
      // Storage is full or forbidden: the entries stay marked until the page goes.
    }
  }
}

function load(key: string): Opened[] {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(key) ?? '[]');
    return Array.isArray(stored) ? stored.flatMap(parse) : [];
  } catch {
    // Storage is forbidden, or somebody else wrote there: start with nothing read.
    return [];
  }
}

/** Earlier versions of this page stored ids alone. */
function parse(stored: unknown): Opened[] {
  if (typeof stored === 'string') return [{ id: stored, atMs: 0, decisionId: null }];
  const { id, atMs, decisionId } = (stored ?? {}) as { readonly [name: string]: unknown };
  if (typeof id !== 'string' || typeof atMs !== 'number') return [];
  return [{ id, atMs, decisionId: typeof decisionId === 'string' ? decisionId : null }];
}
