import type { SignalsStored, Tendril, WireResult } from 'tendril';

import { pageState } from './page-state.ts';

/**
 * Each entry that is closed brings a new order by itself, so that most orders end without a choice, however good they are, and entries come to lie under a
 * pointer that rests. What was merely seen, or pointed at, would count as passed over and drown the few openings; without it, what lies above an
 * entry that was opened counts as passed over, and nothing else.
 */
const sampling = { impression: 0, hover: 0 };

/** The page is in use by then, whether it was ever idle or not. */
const AT_THE_LATEST_MS = 4000;

/** Captures what the visitor does with the list and with what is read, once the page has nothing better to do. */
export class ReaderCapture {
  readonly #tendril: Tendril;
  #stop: (() => void) | null = null;

  constructor(tendril: Tendril) {
    this.#tendril = tendril;
    document.addEventListener('tendril:signals', (event) => {
      const result = (event as CustomEvent<WireResult<SignalsStored>>).detail;
      if (result.ok) pageState.captured(result.value.stored);
    });
  }

  startWhenIdle(): void {
    whenIdle(() => this.start());
  }

  start(): void {
    this.#stop ??= this.#tendril.feed.capture({ sampling, onStart: () => pageState.capturing(true) });
  }

  /** What is not delivered yet is dropped: it may be about what shall be forgotten. */
  stop(): void {
    this.#stop?.();
    this.#stop = null;
    pageState.capturing(false);
  }
}

function whenIdle(run: () => void): void {
  // Safari has no such callback.
  if ('requestIdleCallback' in globalThis) requestIdleCallback(run, { timeout: AT_THE_LATEST_MS });
  else setTimeout(run, AT_THE_LATEST_MS / 2);
}
