/** One run of something of the capture: how long it took and how many signals it made. */
interface Run {
  /** The event, or what else called it. */
  readonly kind: string;
  readonly ms: number;
  readonly signals: number;
}

/** The continuations of a promise that is settled run one after the other; none of the capture's is longer than this. */
const MICROTASKS = 30;

/**
 * Times what a part of the page does on the main thread, from outside: every listener, observer callback and timer that it sets up in {@link around}.
 * What the browser itself does to call them (hit testing, intersections) is not in it.
 */
export class Stopwatch {
  readonly #signals: () => number;
  readonly #runs: Run[] = [];
  #setup: number | null = null;
  #depth = 0;

  /** @param signals how many signals were made so far */
  constructor(signals: () => number) {
    this.#signals = signals;
  }

  /** Runs `begin` and from then on times what it has set up. */
  around(begin: () => void): void {
    this.#patchListeners();
    this.#patchObservers();
    const fromMs = performance.now();
    begin();
    this.#setup = performance.now() - fromMs;
  }

  wrap<A extends readonly unknown[]>(kind: string, run: (...given: A) => void): (...given: A) => void {
    return (...given) => this.#time(kind, () => run(...given));
  }

  #time(kind: string, run: () => void): void {
    const before = this.#signals();
    const fromMs = performance.now();
    this.#depth++;
    run();
    this.#depth--;
    const ms = performance.now() - fromMs;
    if (this.#depth === 0) this.#runs.push({ kind, ms, signals: this.#signals() - before });
  }

  /** The same of `run` and all that follows from it before the next task. */
  includingMicrotasks(run: () => void): void {
    const fromMs = performance.now();
    run();
    let left = MICROTASKS;
    const wait = (): void => {
      if (left-- > 0) queueMicrotask(wait);
      else this.#runs.push({ kind: 'acknowledged', ms: performance.now() - fromMs, signals: 0 });
    };
    queueMicrotask(wait);
  }

  /** Milliseconds: of the call that began it, and of each run since, with how many signals it made. */
  answer(): { readonly setupMs: number; readonly runs: readonly Run[] } {
    return { setupMs: this.#setup ?? NaN, runs: this.#runs.splice(0) };
  }

  #patchListeners(): void {
    const add = Object.getOwnPropertyDescriptor(EventTarget.prototype, 'addEventListener')?.value as (
      this: EventTarget,
      type: string,
      listener: EventListenerOrEventListenerObject | null,
      options?: AddEventListenerOptions | boolean,
    ) => void;
    const wrapped = (type: string, listener: EventListenerOrEventListenerObject | null) =>
      typeof listener === 'function' ? this.wrap(type, listener) : listener;
    EventTarget.prototype.addEventListener = function (type, listener, options) {
      add.call(this, type, wrapped(type, listener), options);
    };
  }

  #patchObservers(): void {
    const wrap = <A extends readonly unknown[]>(run: (...given: A) => void) => this.wrap('observer', run);
    globalThis.IntersectionObserver = class extends IntersectionObserver {
      constructor(callback: IntersectionObserverCallback, options?: IntersectionObserverInit) {
        super(wrap(callback), options);
      }
    };
    globalThis.MutationObserver = class extends MutationObserver {
      constructor(callback: MutationCallback) {
        super(wrap(callback));
      }
    };
    globalThis.PerformanceObserver = class extends PerformanceObserver {
      constructor(callback: PerformanceObserverCallback) {
        super(wrap(callback));
      }
    };
  }
}
