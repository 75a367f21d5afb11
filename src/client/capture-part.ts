import { systemClock } from '../core/clock.ts';
import { startCapture } from '../signals/capture/start-capture.ts';
import type { CaptureSettings, Feed, FeedParts } from './feed.ts';

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
  void keepStorage();
  return () => capture.stop();
}

/** Who has installed the page means to come back: the browser shall not clear what is stored. Elsewhere some browsers would ask the visitor. */
async function keepStorage(): Promise<void> {
  if (matchMedia('(display-mode: standalone)').matches && 'storage' in navigator)
    await navigator.storage.persist().catch(() => false);
}
