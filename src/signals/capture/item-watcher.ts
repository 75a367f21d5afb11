import type { ActiveTime } from './active-time.ts';
import type { Guard } from './guard.ts';
import { Impressions } from './impressions.ts';
import { depthOf, isSeen, standing, viewOf, type ItemView } from './item-view.ts';
import { PageDepth } from './page-depth.ts';
import type { Happening } from './recorder.ts';
import { ITEM, type Subject } from './subject.ts';
import type { Timers } from './timers.ts';

/** Reading is told while it goes on, so that what was learned of it does not wait for its end. */
const TELL_READING_MS = 10_000;
/** Shorter is no reading; it is added to what follows. */
const LEAST_READING_MS = 1000;
/** A scroll gives many events; positions are asked for once, when it pauses or goes on this long. */
const MEASURE_AFTER_MS = 200;
/** What taking in items may hold the page for at once, and how many are taken between two looks at the clock. */
const SLICE_MS = 2;
const STEP = 8;
/** In sight, and half of it. What is taller than the window is measured while it is scrolled. */
const thresholds = [0, 0.5];

interface WatcherParts {
  readonly root: Document;
  readonly timers: Timers;
  readonly active: ActiveTime;
  readonly nowMs: () => number;
  readonly record: (happening: Happening) => void;
  readonly onSeen: (subject: Subject) => void;
  readonly guard: Guard;
}

/** Which items are on the screen, how long they are read and how far. Positions come from the one IntersectionObserver alone: nothing here makes the page lay itself out. */
export class ItemWatcher {
  readonly #parts: WatcherParts;
  readonly #observer: IntersectionObserver;
  readonly #views = new WeakMap<Element, ItemView>();
  readonly #inSight = new Set<ItemView>();
  readonly #impressions: Impressions;
  readonly #page: PageDepth;
  #visible: boolean;
  #cancelReading: (() => void) | null = null;
  #cancelMeasure: (() => void) | null = null;
  /** What the browser has told and is not taken in yet, and when it told it. */
  readonly #entries: { readonly entry: IntersectionObserverEntry; readonly atMs: number }[] = [];
  #cancelEntries: (() => void) | null = null;

  constructor(parts: WatcherParts) {
    const { root, timers, nowMs, record, guard } = parts;
    this.#parts = parts;
    this.#visible = root.visibilityState === 'visible';
    this.#page = new PageDepth(root, record);
    this.#impressions = new Impressions(timers, nowMs, (view) => record({ type: 'impression', subject: view.subject }));
    this.#observer = new IntersectionObserver(
      guard.wrap((entries: IntersectionObserverEntry[]) => this.#onEntries(entries)),
      { threshold: thresholds },
    );
  }

  observe(item: Element): void {
    this.#observer.observe(item);
  }

  /** How long it has been in sight; null where that is not known. */
  visibleForMs(item: Element | null): number | null {
    const fromMs = item && this.#views.get(item)?.inSightFromMs;
    return fromMs == null ? null : this.#parts.nowMs() - fromMs;
  }

  /** Something was scrolled: asks, after a while, where everything is. Observing anew gives the position of the next frame. */
  readonly scrolled = (): void => {
    this.#cancelMeasure ??= this.#parts.timers.after(MEASURE_AFTER_MS, () => {
      this.#cancelMeasure = null;
      for (const { read, tall, element } of this.#inSight) if (read || tall) this.#measure(element);
      this.#measure(this.#parts.root.documentElement);
    });
  };

  /** What the items are about may have changed. */
  readonly renamed = (): void => {
    for (const view of this.#seen()) {
      const { subject, read, listed } = standing(view.element);
      if (subject.place === view.subject.place && read === view.read && listed === view.listed) continue;
      this.#leave(view);
      this.#enter(view);
    }
  };

  /** The page is hidden, or ends. @param final whether it ends: then the reading is over, otherwise it may go on */
  hide(final: boolean): void {
    this.#visible = false;
    this.#impressions.clear();
    for (const view of this.#seen()) this.#tellReading(view, !final, 0);
    if (final) this.#page.tell();
  }

  show(): void {
    if (this.#visible) return;
    this.#visible = true;
    for (const view of this.#seen()) this.#enter(view);
  }

  stop(): void {
    this.#observer.disconnect();
    this.#impressions.clear();
    this.#cancelReading?.();
    this.#cancelMeasure?.();
    this.#cancelEntries?.();
    this.#inSight.clear();
  }

  #seen(): ItemView[] {
    return [...this.#inSight].filter(({ seen }) => seen);
  }

  #measure(element: Element): void {
    this.#observer.unobserve(element);
    this.#observer.observe(element);
  }

  #onEntries(entries: readonly IntersectionObserverEntry[]): void {
    // Only here the page is laid out for certain.
    if (entries.some(({ target }) => target === this.#parts.root.documentElement)) this.#page.measure();
    const atMs = this.#parts.nowMs();
    for (const entry of entries) {
      // What is far away and was never in sight is most of a long list.
      if (entry.isIntersecting || this.#views.has(entry.target) || this.#entries.length > 0)
        this.#entries.push({ entry, atMs });
    }
    if (!this.#cancelEntries) this.#takeEntries();
  }

  /** A page may show hundreds of items at once. */
  readonly #takeEntries = (): void => {
    const { nowMs, timers } = this.#parts;
    const untilMs = nowMs() + SLICE_MS;
    let taken = 0;
    for (const { entry, atMs } of this.#entries) {
      if (taken % STEP === 0 && taken > 0 && nowMs() >= untilMs) break;
      taken++;
      this.#take(entry, atMs);
    }
    this.#entries.splice(0, taken);
    this.#cancelEntries = this.#entries.length > 0 ? timers.after(0, this.#takeEntries) : null;
  };

  #take(entry: IntersectionObserverEntry, atMs: number): void {
    const { target } = entry;
    // Asked for once, not followed; unless it is an item itself.
    if (target === this.#parts.root.documentElement && !target.matches(ITEM)) this.#observer.unobserve(target);
    else if (entry.isIntersecting) this.#onSight(entry, atMs);
    else this.#onGone(this.#views.get(target));
  }

  #onSight(entry: IntersectionObserverEntry, nowMs: number): void {
    let view = this.#views.get(entry.target);
    if (!view) {
      view = viewOf(entry.target);
      this.#views.set(entry.target, view);
    }
    view.inSightFromMs ??= nowMs;
    this.#inSight.add(view);
    const windowHeight = entry.rootBounds?.height ?? null;
    view.tall = windowHeight !== null && entry.boundingClientRect.height > windowHeight;
    const seen = isSeen(entry, windowHeight);
    if (seen && !view.seen) this.#enter(view);
    else if (!seen && view.seen) this.#leave(view);
    if (view.read) view.depth = Math.max(view.depth, depthOf(entry));
  }

  #onGone(view: ItemView | undefined): void {
    if (!view) return;
    if (view.seen) this.#leave(view);
    view.inSightFromMs = null;
    this.#inSight.delete(view);
  }

  #enter(view: ItemView): void {
    const { active, nowMs, timers, onSeen } = this.#parts;
    const now = standing(view.element);
    if (now.subject.place !== view.subject.place) Object.assign(view, { untoldMs: 0, toldDepth: 0 });
    if (now.subject.item !== view.subject.item) view.depth = 0;
    Object.assign(view, now);
    view.seen = true;
    view.stay++;
    view.countedToMs = active.activeMs();
    onSeen(view.subject);
    if (view.read) this.#cancelReading ??= timers.after(TELL_READING_MS, this.#onReading);
    if (view.listed && this.#visible && view.subject.item) this.#impressions.begin(view, nowMs());
  }

  #leave(view: ItemView): void {
    this.#tellReading(view, false, LEAST_READING_MS);
    view.seen = false;
  }

  readonly #onReading = (): void => {
    this.#cancelReading = null;
    const reading = this.#seen().filter(({ read }) => read);
    for (const view of reading) this.#tellReading(view, false, LEAST_READING_MS);
    if (reading.length > 0) this.#cancelReading = this.#parts.timers.after(TELL_READING_MS, this.#onReading);
  };

  /** @param leastMs less than this waits for more */
  #tellReading(view: ItemView, censored: boolean, leastMs: number): void {
    if (!view.read || !view.subject.item) return;
    const { active, record } = this.#parts;
    const nowMs = active.activeMs();
    view.untoldMs += nowMs - view.countedToMs;
    view.countedToMs = nowMs;
    const { subject } = view;
    if (view.untoldMs > leastMs) {
      record({ type: 'dwell', subject, value: view.untoldMs / 1000, censored });
      view.untoldMs = 0;
    }
    if (view.depth > view.toldDepth) {
      record({ type: 'scroll', subject, value: view.depth, censored });
      view.toldDepth = view.depth;
    }
  }
}
