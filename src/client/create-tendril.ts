import { resolveOptions, type TendrilOptions } from './options.ts';
import { spawnWorker } from './spawn-worker.ts';
import { Tendril } from './tendril.ts';

/**
 * Starts Tendril for this page. Returns at once and never throws: until the worker serves, and wherever it cannot, the page's own order stands.
 * @param scriptUrl where the library's files lie
 */
export function createTendrilAt(options: TendrilOptions, scriptUrl: string): Tendril {
  try {
    const resolved = resolveOptions(options, scriptUrl);
    return new Tendril(resolved, () => spawnWorker(resolved.workerUrl));
  } catch (caught) {
    // Options that cannot be read: the page goes on with its own order, and the handle says why.
    const neutral = resolveOptions({ tasks: [] }, scriptUrl);
    return new Tendril(neutral, () => {
      throw caught;
    });
  }
}
