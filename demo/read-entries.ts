/** Ids of the entries that were opened, oldest first. They are the page's own memory, beside what Tendril learned from them. */
export class ReadEntries {
  readonly #key: string;
  readonly #ids: Set<string>;

  constructor(namespace: string) {
    this.#key = `${namespace}.read`;
    this.#ids = new Set(load(this.#key));
  }

  has(id: string): boolean {
    return this.#ids.has(id);
  }

  add(id: string): void {
    this.#ids.add(id);
    try {
      localStorage.setItem(this.#key, JSON.stringify([...this.#ids]));
    } catch {
      // Storage is full or forbidden: the entries stay marked until the page goes.
    }
  }

  forget(): void {
    this.#ids.clear();
    try {
      localStorage.removeItem(this.#key);
    } catch {
      // Storage is forbidden, so nothing is in it.
    }
  }
}

function load(key: string): string[] {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(key) ?? '[]');
    return Array.isArray(stored) ? stored.filter((id) => typeof id === 'string') : [];
  } catch {
    // Storage is forbidden, or somebody else wrote there: start with nothing read.
    return [];
  }
}
