import { systemClock } from '../core/clock.ts';
import { startCapture } from '../signals/capture/start-capture.ts';
import type { Feed, FeedParts } from './feed.ts';

/** What may be set of the capture; everything has a default. */
export interface CaptureSettings {
  /** Where to listen; default the whole page. */
  readonly root?: Document;
  /** Share of the signals of a type that is kept, in [0, 1]; default 1. */
  readonly sampling?: Readonly<Record<string, number>>;
  /** Called when it has begun. */
  readonly onStart?: () => void;
}

/**
 * Tells the page of each batch by an event `tendril:signals` on the root, its `detail` the worker's answer.
 * @returns a function that stops it
 */
export function capturePage(feed: Feed, { captured }: FeedParts, settings: CaptureSettings): () => void {
  const { root = document, sampling, onStart } = settings;
  const capture = startCapture({
    root,
    clock: systemClock,
    pageId: crypto.randomUUID(),
    journal: { load: () => captured.entries(), save: (signals) => captured.save(signals) },
    deliver: async (batch) => {
      const result = await feed.send(batch);
      root.dispatchEvent(new CustomEvent('tendril:signals', { detail: result }));
      return result.ok;
    },
    ...(sampling && { sampling }),
  });
  onStart?.();
  return () => capture.stop();
}
