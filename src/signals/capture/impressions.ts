import type { ItemView } from './item-view.ts';
import type { Timers } from './timers.ts';

/** As long as an item has to be seen (MRC/IAB viewable impressions). */
const IMPRESSION_MS = 1000;
/** Impressions of one page that are told apart; beyond it one may be told twice, which is harmless. */
const REMEMBERED = 10_000;
/** So many are told in one task: a screen may hold hundreds. */
const AT_ONCE = 16;

interface Due {
  readonly view: ItemView;
  readonly stay: number;
  readonly atMs: number;
}

/** Each item that was seen for a second without a break, once for each decision. One timer serves all: who was seen first is due first. */
export class Impressions {
  readonly #timers: Timers;
  readonly #nowMs: () => number;
  readonly #record: (view: ItemView) => void;
  readonly #told = new Set<string>();
  #due: Due[] = [];
  #cancel: (() => void) | null = null;

  constructor(timers: Timers, nowMs: () => number, record: (view: ItemView) => void) {
    this.#timers = timers;
    this.#nowMs = nowMs;
    this.#record = record;
  }

  begin(view: ItemView, nowMs: number): void {
    if (this.#told.has(view.subject.place)) return;
    this.#due.push({ view, stay: view.stay, atMs: nowMs + IMPRESSION_MS });
    this.#cancel ??= this.#timers.after(IMPRESSION_MS, this.#tell);
  }

  /** Nothing that is seen now counts: the page is hidden. */
  clear(): void {
    this.#cancel?.();
    this.#cancel = null;
    this.#due = [];
  }

  readonly #tell = (): void => {
    this.#cancel = null;
    const nowMs = this.#nowMs();
    const next = this.#due.findIndex(({ atMs }) => atMs > nowMs);
    const ripe = this.#due.splice(0, Math.min(AT_ONCE, next === -1 ? this.#due.length : next));
    const [first] = this.#due;
    if (first) this.#cancel = this.#timers.after(Math.max(0, first.atMs - nowMs), this.#tell);
    for (const { view, stay } of ripe) {
      if (!view.seen || view.stay !== stay || this.#told.has(view.subject.place)) continue;
      if (this.#told.size >= REMEMBERED) this.#told.clear();
      this.#told.add(view.subject.place);
      this.#record(view);
    }
  };
}
