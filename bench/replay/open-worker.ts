import type { ReplayOptions } from './arguments.ts';
import type { ReplayWorker } from './replay-worker.ts';

/** Loads only what the chosen place needs: a replay in this process starts no browser. */
export async function openWorker(runtime: ReplayOptions['runtime']): Promise<ReplayWorker> {
  if (runtime === 'node') return (await import('./node-worker.ts')).openNodeWorker();
  return (await import('./chromium-worker.ts')).openChromiumWorker();
}
