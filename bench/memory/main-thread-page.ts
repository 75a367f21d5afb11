import { Journal } from '../../src/client/journal.ts';
import { systemClock } from '../../src/core/clock.ts';
import type { Signal } from '../../src/core/signal.ts';
import { startCapture, type Capture, type Timers } from '../../src/signals/capture/start-capture.ts';
import { buildList } from './main-thread-list.ts';
import { Stopwatch } from './main-thread-stopwatch.ts';

/** What the benchmark calls in the page; answers are plain data. */
export interface MainThreadPage {
  build(items: number): void;
  /** Starts the capture; with `timed` everything of it that runs is timed. */
  start(timed: boolean): void;
  stop(): void;
  flush(): Promise<void>;
  /** Errors of the capture, and signals delivered by type. */
  counts(): { readonly failures: number; readonly types: Readonly<Record<string, number>> };
  timings(): ReturnType<Stopwatch['answer']>;
  watchEvents(): void;
  events(): readonly InputTiming[];
}

/** One entry of the Event Timing API, in milliseconds. */
export interface InputTiming {
  readonly interaction: number;
  /** Until the next frame was shown, rounded to 8. */
  readonly duration: number;
  /** From the first listener to the last. */
  readonly processing: number;
}

declare global {
  var mainThreadPage: MainThreadPage;
}

const unlimited = { burst: 1e9, perSecond: 1e9 };
const types = ['click', 'thumb', 'hover', 'impression', 'dwell', 'scroll', 'copy', 'selection'];

const stopwatch = new Stopwatch(() => {
  const made = Object.values(capture?.counts().captured ?? {});
  return made.reduce((total, count) => total + count, 0);
});
const timings: InputTiming[] = [];
const delivered: (readonly Signal[])[] = [];
let capture: Capture | null = null;
let deliver: (batch: readonly Signal[]) => Promise<boolean> = async () => false;

const timedTimers: Timers = {
  after: (ms, run) => {
    const timer = setTimeout(stopwatch.wrap('timer', run), ms);
    return () => clearTimeout(timer);
  },
};

/** A worker that acknowledges each batch, as far away as the learner's is. */
function acknowledgingWorker(timed: boolean): typeof deliver {
  const source = 'onmessage = ({ data }) => postMessage(data.id)';
  const worker = new Worker(URL.createObjectURL(new Blob([source], { type: 'text/javascript' })));
  const waiting = new Map<number, () => void>();
  let batches = 0;
  const acknowledged = ({ data }: MessageEvent<number>): void => {
    waiting.get(data)?.();
    waiting.delete(data);
  };
  worker.addEventListener('message', (event: MessageEvent<number>) => {
    if (timed) stopwatch.includingMicrotasks(() => acknowledged(event));
    else acknowledged(event);
  });
  return (batch) =>
    new Promise((resolve) => {
      delivered.push(batch);
      const id = batches++;
      waiting.set(id, () => resolve(true));
      worker.postMessage({ id, batch });
    });
}

globalThis.mainThreadPage = {
  build: (items) => buildList(document.body, items),
  start(timed) {
    deliver = acknowledgingWorker(timed);
    const journal = new Journal<Signal>('benchmark', 'captured', 500);
    const begin = (): void => {
      capture = startCapture({
        root: document,
        clock: systemClock,
        pageId: crypto.randomUUID(),
        deliver: (batch) => deliver(batch),
        journal: { load: () => journal.entries(), save: (signals) => journal.save(signals) },
        // A program drives this browser faster than a hand: without these, most of it would be cut off as a flood, which costs less.
        rate: Object.fromEntries(types.map((type) => [type, unlimited])),
        automated: false,
        ...(timed && { timers: timedTimers }),
      });
    };
    if (timed) stopwatch.around(begin);
    else begin();
  },
  stop: () => capture?.stop(),
  flush: async () => capture?.flush(),
  counts() {
    const types: Record<string, number> = {};
    for (const { type } of delivered.flat()) types[type] = (types[type] ?? 0) + 1;
    return { failures: capture?.counts().failures ?? 0, types };
  },
  timings: () => stopwatch.answer(),
  watchEvents() {
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as PerformanceEventTiming[]) {
        const { interactionId, duration, processingStart, processingEnd } = entry;
        if (interactionId > 0)
          timings.push({ interaction: interactionId, duration, processing: processingEnd - processingStart });
      }
    }).observe({ type: 'event', durationThreshold: 16, buffered: true });
  },
  events: () => timings,
};
