import { murmur3 } from '../../core/hashing.ts';
import type { TabStorage } from './capture-options.ts';
import type { Subject } from './subject.ts';

/** Who comes back sooner did not find what the click promised. */
const WITHIN_MS = 10_000;
/** Nobody has looked at anything by then: the click itself moved the page's history. */
const LEAST_MS = 300;
const KEY = 'tendril:last-click';

export interface Bounce {
  readonly subject: Subject;
  readonly seconds: number;
}

interface Click {
  readonly subject: Subject;
  readonly atMs: number;
  /** The page on which it was made: a hash of its address. */
  readonly page: number;
}

/** Remembers the last click on an item until the visitor comes back to the page on which it was made. */
export class BounceWatch {
  readonly #storage: TabStorage | null;
  readonly #address: () => string;
  #click: Click | null = null;

  constructor(storage: TabStorage | null, address: () => string) {
    this.#storage = storage;
    this.#address = address;
  }

  clicked(subject: Subject, atMs: number): void {
    this.#click = { subject, atMs, page: this.#page() };
  }

  /** The page may end now: what was clicked has to outlive it. */
  left(nowMs: number): void {
    if (this.#click && nowMs - this.#click.atMs <= WITHIN_MS) this.#storage?.setItem(KEY, JSON.stringify(this.#click));
  }

  /** Back on this page, which was never gone: restored whole, or within a page that navigates itself. */
  returned(nowMs: number): Bounce | null {
    const click = this.#click;
    if (click?.page !== this.#page()) return null;
    this.forget();
    return bounceOf(click, nowMs);
  }

  /** Back on this page, loaded anew. */
  loadedAgain(nowMs: number): Bounce | null {
    const click = parseClick(this.#storage?.getItem(KEY) ?? null);
    this.forget();
    return click?.page === this.#page() ? bounceOf(click, nowMs) : null;
  }

  forget(): void {
    this.#click = null;
    this.#storage?.removeItem(KEY);
  }

  #page(): number {
    return murmur3(this.#address());
  }
}

function bounceOf({ subject, atMs }: Click, nowMs: number): Bounce | null {
  const afterMs = nowMs - atMs;
  return afterMs >= LEAST_MS && afterMs <= WITHIN_MS ? { subject, seconds: afterMs / 1000 } : null;
}

/** The storage is the page's: anything may be in it. */
function parseClick(text: string | null): Click | null {
  try {
    const { subject, atMs, page } = JSON.parse(text ?? 'null') as Click;
    const valid = [subject.item, subject.place].every((name) => typeof name === 'string') && Number.isFinite(atMs);
    return valid ? { subject: copied(subject), atMs, page } : null;
  } catch {
    return null;
  }
}

function copied({ decisionId, taskId, item, place }: Subject): Subject {
  return {
    place,
    ...(typeof decisionId === 'string' && { decisionId }),
    ...(typeof taskId === 'string' && { taskId }),
    ...(typeof item === 'string' && { item }),
  };
}
