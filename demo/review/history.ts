/** What became of one case: left to a person, or answered, right or wrong. */
export type Outcome = 'person' | 'right' | 'wrong';

/** How far an example has come, kept beyond the page. */
export class History {
  readonly #key: string;
  #outcomes: Outcome[];

  constructor(id: string) {
    this.#key = `tendril-demo:${id}`;
    this.#outcomes = read(this.#key);
  }

  get outcomes(): readonly Outcome[] {
    return this.#outcomes;
  }

  add(outcome: Outcome): void {
    this.#outcomes.push(outcome);
    localStorage.setItem(this.#key, JSON.stringify(this.#outcomes));
  }

  clear(): void {
    this.#outcomes = [];
    localStorage.removeItem(this.#key);
  }

  /** Share that was left to people; null before there are any. */
  static leftToPeople(outcomes: readonly Outcome[]): number | null {
    return outcomes.length === 0 ? null : outcomes.filter((one) => one === 'person').length / outcomes.length;
  }

  /** Share that was right, of what was answered; null where nothing was. */
  get right(): number | null {
    const answered = this.#outcomes.filter((one) => one !== 'person');
    return answered.length === 0 ? null : answered.filter((one) => one === 'right').length / answered.length;
  }
}

function read(key: string): Outcome[] {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(key) ?? '[]');
    const known: readonly unknown[] = ['person', 'right', 'wrong'];
    return Array.isArray(stored) ? stored.filter((one): one is Outcome => known.includes(one)) : [];
  } catch {
    return [];
  }
}
