import type { ComputeBackend, Network } from '../compute/compute.ts';
import { withMethods } from './with-methods.ts';

/** What takes as long as the network is large; reading the state out does not wait for anything else. */
const STEPS = ['predict', 'learn', 'gradients', 'squaredGradients'] as const;

/**
 * The backend as a learner uses it that gives way after every step of its networks: between two of them other work may be done, and no step is cut.
 * @param giveWay called after each; it may let waiting messages in
 */
export function slicedBackend(backend: ComputeBackend, giveWay: () => Promise<void>): ComputeBackend {
  const createNetwork: ComputeBackend['createNetwork'] = (...given) =>
    withMethods(backend.createNetwork(...given), (network) => slicedSteps(network, giveWay));
  return withMethods(backend, () => ({ createNetwork }));
}

function slicedSteps(network: Network, giveWay: () => Promise<void>): Partial<Network> {
  const sliced = STEPS.map((name) => {
    const step = network[name].bind(network) as (...given: unknown[]) => Promise<unknown>;
    // The work is recorded before anything is awaited: calls that overlap keep their order.
    const run = async (...given: unknown[]) => {
      const result = await step(...given);
      await giveWay();
      return result;
    };
    return [name, run] as const;
  });
  return Object.fromEntries(sliced);
}
