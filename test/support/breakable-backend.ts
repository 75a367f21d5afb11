import type { ComputeBackend, Network } from '../../src/compute/compute.ts';
import { TendrilError } from '../../src/errors.ts';

/** How an operation fails: the device is lost in it, it alone fails, or its scores are no numbers. */
export type Breakage = 'lost' | 'out of memory' | 'once' | 'NaN';

export interface BreakableBackend {
  readonly backend: ComputeBackend;
  /** Names of the operations that were begun, in order. */
  readonly operations: readonly string[];
  readonly isDisposed: () => boolean;
  /** Bytes that it claims to hold. */
  bytes: number;
}

/**
 * A backend that fails in an operation of a given number, as a GPU's does: what is lost stays lost.
 * @param inner what computes until then
 * @param at number of the operation, from 1
 */
export function breakableBackend(inner: ComputeBackend, at = Infinity, how: Breakage = 'lost'): BreakableBackend {
  const operations: string[] = [];
  let disposed = false;
  let failure: string | null = null;
  let tellLoss: (reason: string) => void = () => undefined;
  const lost = new Promise<string>((resolve) => (tellLoss = resolve));
  const fail = (reason: string) => new TendrilError('COMPUTE_FAILED', { backend: 'webgpu', reason });
  const isNow = (name: string): boolean => {
    operations.push(name);
    if (failure !== null) throw fail(failure);
    return operations.length === at;
  };
  const begin = (name: string): boolean => {
    if (!isNow(name)) return false;
    if (how === 'NaN') return name === 'predict';
    if (how === 'once') throw fail('this once');
    failure = how === 'lost' ? 'the device is gone' : 'the GPU is out of memory: no buffer';
    tellLoss(failure);
    throw fail(failure);
  };
  const breakable = (network: Network): Network => ({
    spec: network.spec,
    backend: 'webgpu',
    async predict(...given) {
      const isBroken = begin('predict');
      const scores = await network.predict(...given);
      return isBroken ? scores.fill(NaN) : scores;
    },
    async learn(...given) {
      begin('learn');
      return network.learn(...given);
    },
    async lastLoss() {
      begin('lastLoss');
      return network.lastLoss();
    },
    async gradients(...given) {
      begin('gradients');
      return network.gradients(...given);
    },
    async squaredGradients(...given) {
      begin('squaredGradients');
      return network.squaredGradients(...given);
    },
    async state() {
      begin('state');
      return network.state();
    },
    dispose: () => {
      network.dispose();
    },
  });
  const broken: BreakableBackend = {
    operations,
    bytes: 0,
    isDisposed: () => disposed,
    backend: {
      name: 'webgpu',
      deviceKey: 'webgpu:breakable',
      lost,
      createNetwork(...given) {
        begin('createNetwork');
        return breakable(inner.createNetwork(...given));
      },
      memory: () => ({ tensors: 0, bytesAllocated: broken.bytes }),
      dispose: () => {
        disposed = true;
      },
    },
  };
  return broken;
}
