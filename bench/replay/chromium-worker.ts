import { openLibraryPage } from './library-page.ts';
import type { ReplayWorker } from './replay-worker.ts';

/** The built learner worker in headless Chromium. @throws WORKER_UNAVAILABLE */
export async function openChromiumWorker(): Promise<ReplayWorker> {
  const { call, host, close } = await openLibraryPage();
  return {
    host,
    close,
    place: {
      storage: 'indexeddb',
      backends: ['webgpu', 'wasm', 'cpu'],
    },
    start: (request) => call('start', request),
    stream: (taskId, steps) => call('stream', taskId, steps),
    checkpoint: (taskId) => call('checkpoint', taskId),
    status: () => call('status'),
  };
}
