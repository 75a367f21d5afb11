import { Actions } from './actions.ts';
import { ActiveTime } from './active-time.ts';
import { BounceWatch, type Bounce } from './bounce.ts';
import type { Capture, CaptureCounts, CaptureOptions, SignalInput } from './capture-options.ts';
import { ClockWatch } from './clock-watch.ts';
import { DeliveryQueue } from './delivery-queue.ts';
import { Guard } from './guard.ts';
import { HoverWatch } from './hover-watch.ts';
import { ItemWatcher } from './item-watcher.ts';
import { listen } from './listeners.ts';
import { MediaWatch } from './media-watch.ts';
import { pageLoadOf, tabStorage } from './page-parts.ts';
import { Quality } from './quality.ts';
import { Recorder, type Happening } from './recorder.ts';
import { SelectionWatch } from './selection-watch.ts';
import { browserTimers, type Timers } from './timers.ts';
import { TreeWatcher } from './tree-watcher.ts';
import { Visit } from './visit.ts';
import { webVitals } from './web-vitals-source.ts';

export type {
  Capture,
  CaptureCounts,
  CaptureOptions,
  PageLoad,
  SignalInput,
  SignalJournal,
  TabStorage,
  VitalsSource,
} from './capture-options.ts';
export type { RateLimit } from './quality-rate.ts';
export type { Timers } from './timers.ts';

/** Reading a screen of text needs no hand for so long; beyond it nobody may be there. */
const IDLE_AFTER_MS = 15_000;

/**
 * Watches what the visitor does with what the page has marked by `data-tendril-…`. Only those attributes and numbers are read, never text or content.
 * Throws nothing into the page.
 */
export function startCapture(options: CaptureOptions): Capture {
  return new PageCapture(options);
}

class PageCapture implements Capture {
  readonly #root: Document;
  readonly #page: Window & typeof globalThis;
  readonly #guard = new Guard();
  readonly #listening = new AbortController();
  #shadowRoots: ShadowRoot[] = [];
  #connectedRoots = 50;
  readonly #time: ClockWatch;
  readonly #active: ActiveTime;
  readonly #quality: Quality;
  readonly #queue: DeliveryQueue;
  readonly #recorder: Recorder;
  readonly #visit: Visit;
  readonly #items: ItemWatcher;
  readonly #tree: TreeWatcher;
  readonly #bounce: BounceWatch;
  readonly #actions: Actions;
  readonly #hover: HoverWatch;
  readonly #selection: SelectionWatch;
  readonly #media: MediaWatch;
  #stopped = false;

  constructor(options: CaptureOptions) {
    const { root, clock, deliver, journal, pageId, sampling, rate, idleAfterMs = IDLE_AFTER_MS } = options;
    const page = root.defaultView ?? window;
    const guard = this.#guard;
    const timers = guard.timers(options.timers ?? browserTimers);
    const nowMs = (): number => clock.monotonicMs();
    const record = (happening: Happening): void => this.#record(happening);
    this.#root = root;
    this.#page = page;
    this.#time = new ClockWatch(clock);
    this.#active = new ActiveTime(clock, idleAfterMs, root.visibilityState === 'visible');
    this.#quality = new Quality(options.automated ?? page.navigator.webdriver, rate);
    this.#queue = new DeliveryQueue({ deliver, journal, timers });
    this.#visit = new Visit(this.#active, record);
    this.#recorder = new Recorder({
      pageId,
      ...(sampling && { sampling }),
      time: this.#time,
      quality: this.#quality,
      queue: this.#queue,
      onSignal: (signal) => this.#visit.note(signal),
    });
    this.#items = new ItemWatcher({
      root,
      timers,
      active: this.#active,
      nowMs,
      record,
      onSeen: (subject) => this.#visit.meet(subject),
      guard,
    });
    this.#bounce = new BounceWatch(options.storage ?? tabStorage(page), () => page.location.href);
    this.#actions = new Actions({
      items: this.#items,
      bounce: this.#bounce,
      nowMs: () => this.#time.now().atMs,
      record,
      onTarget: (target) => this.#tree.meet(target),
    });
    this.#hover = new HoverWatch(timers, record);
    this.#selection = new SelectionWatch(root, timers, record, () => this.#shadowRoots);
    this.#media = new MediaWatch(this.#active, record);
    this.#tree = new TreeWatcher({
      root,
      timers,
      guard,
      nowMs,
      onItem: (item) => this.#items.observe(item),
      onRoot: (shadow) => this.#enterShadow(shadow),
      onRenamed: this.#items.renamed,
    });
    guard.run(() => this.#begin(options, page, timers));
  }

  signal(input: SignalInput): void {
    if (!this.#stopped) this.#guard.run(() => this.#recorder.give(input));
  }

  async flush(): Promise<void> {
    await this.#queue.flush();
  }

  stop(): void {
    this.#stopped = true;
    this.#listening.abort();
    for (const part of [this.#tree, this.#items, this.#hover, this.#selection, this.#queue])
      this.#guard.run(() => part.stop());
    this.#guard.run(() => this.#bounce.forget());
  }

  counts(): CaptureCounts {
    const { captured, sampledOut, flooded } = this.#recorder.counts;
    return {
      captured,
      sampledOut,
      dropped: this.#queue.dropped + flooded,
      failures: this.#guard.failures,
      suspicious: this.#quality.counts(),
    };
  }

  #begin({ vitals = webVitals, pageLoad }: CaptureOptions, page: Window & typeof globalThis, timers: Timers): void {
    this.#listen();
    this.#tree.start();
    this.#items.scrolled();
    // Tasks of their own: each is short.
    const later = (run: () => void): void => {
      timers.after(0, () => {
        if (!this.#stopped) run();
      });
    };
    later(() => this.#queue.start());
    later(() => {
      const { wentBack, atMs } = pageLoad ?? pageLoadOf(page);
      if (wentBack) this.#tellBounce(this.#bounce.loadedAgain(atMs));
    });
    vitals?.(
      this.#guard.wrap((type, value) => this.#record({ type, value })),
      later,
    );
  }

  #listen(): void {
    const { signal } = this.#listening;
    const input = (): void => this.#active.input();
    const heard = {
      click: this.#actions.clicked,
      auxclick: this.#actions.clicked,
      copy: this.#actions.copied,
      pointerout: this.#hover.out,
      selectionchange: this.#selection.changed,
      visibilitychange: this.#onVisibility,
    };
    listen(this.#root, { pointerdown: input, pointermove: input, keydown: input }, this.#guard, signal);
    listen(this.#root, heard, this.#guard, signal);
    this.#listenInside(this.#root);
    const moved = { popstate: this.#onReturn, pagehide: this.#onPageHide, pageshow: this.#onPageShow };
    listen(this.#page, moved, this.#guard, signal);
  }

  /** What does not come out of a shadow root. */
  #listenInside(root: Document | ShadowRoot): void {
    const { changed } = this.#media;
    const heard = {
      // Between two items of one shadow root.
      pointerover: this.#hover.over,
      change: this.#actions.changed,
      submit: this.#actions.submitted,
      scroll: this.#onScroll,
      play: changed,
      pause: changed,
      ended: changed,
      timeupdate: changed,
    };
    listen(root, heard, this.#guard, this.#listening.signal);
  }

  #enterShadow(root: ShadowRoot): void {
    // Components come and go.
    if (this.#shadowRoots.length >= 2 * this.#connectedRoots) {
      this.#shadowRoots = this.#shadowRoots.filter(({ isConnected }) => isConnected);
      this.#connectedRoots = Math.max(50, this.#shadowRoots.length);
    }
    this.#shadowRoots.push(root);
    this.#listenInside(root);
  }

  readonly #onScroll = (): void => {
    this.#active.input();
    this.#items.scrolled();
  };

  readonly #onVisibility = (): void => {
    if (this.#root.visibilityState === 'hidden') this.#leave(false);
    else this.#resume();
  };

  readonly #onPageHide = (): void => this.#leave(true);

  readonly #onPageShow = ({ persisted }: PageTransitionEvent): void => {
    if (!persisted) return;
    this.#resume();
    this.#onReturn();
  };

  readonly #onReturn = (): void => this.#tellBounce(this.#bounce.returned(this.#time.now().atMs));

  #resume(): void {
    this.#queue.resume();
    this.#time.shown();
    this.#active.setVisible(true);
    this.#items.show();
  }

  /** What goes on is told as far as it went, then all is sent and kept. One part that fails does not keep the others from it. */
  #leave(final: boolean): void {
    // First: what is told below is told up to one moment, and nothing of it twice.
    this.#guard.run(() => this.#active.setVisible(false));
    this.#guard.run(() => this.#items.hide(final));
    this.#guard.run(() => this.#media.leave(final));
    this.#guard.run(() => this.#visit.leave(final));
    this.#guard.run(() => this.#bounce.left(this.#time.now().atMs));
    this.#queue.leave();
  }

  #tellBounce(bounce: Bounce | null): void {
    if (bounce) this.#record({ type: 'bounce', subject: bounce.subject, value: bounce.seconds });
  }

  #record(happening: Happening): void {
    if (!this.#stopped) this.#recorder.record(happening);
  }
}
