import { ensureBuilt } from '../lib/ensure-library.ts';

/** What a page loads, where it is missing or older than its sources. @throws WORKER_UNAVAILABLE when it does not build */
export function ensurePageLibrary(): Promise<void> {
  return ensureBuilt(['dist/lib/tendril.mjs', 'dist/lib/learner.worker.mjs'], ['--without-types']);
}
