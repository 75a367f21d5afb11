import type { ComputeBackend, Network } from '../compute/compute.ts';
import type { Clock } from '../core/clock.ts';
import { withMethods } from './with-methods.ts';

/** The backend, and what its predictions of one row take. */
export function timedBackend(
  backend: ComputeBackend,
  clock: Pick<Clock, 'monotonicMs'>,
  onPredicted: (ms: number) => void,
): ComputeBackend {
  const timed = (network: Network): Partial<Network> => ({
    async predict(inputs, rows) {
      const startMs = clock.monotonicMs();
      const scores = await network.predict(inputs, rows);
      if (rows === 1) onPredicted(clock.monotonicMs() - startMs);
      return scores;
    },
  });
  const createNetwork: ComputeBackend['createNetwork'] = (...given) =>
    withMethods(backend.createNetwork(...given), timed);
  return withMethods(backend, () => ({ createNetwork }));
}
