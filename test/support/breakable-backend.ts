import type { ComputeBackend, Network, NetworkState } from '../../src/compute/compute.ts';
import { TendrilError } from '../../src/errors.ts';

/** How an operation fails: the device is lost in it, it alone fails, or what it computes, stores or gives back is no numbers. */
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
    if (how === 'NaN') return true;
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
      return isBroken ? nan(scores) : scores;
    },
    async learn(batch) {
      return network.learn(begin('learn') ? { ...batch, targets: nan(batch.targets) } : batch);
    },
    async lastLoss() {
      return begin('lastLoss') ? NaN : network.lastLoss();
    },
    async gradients(...given) {
      begin('gradients');
      return network.gradients(...given);
    },
    async squaredGradients(...given) {
      const isBroken = begin('squaredGradients');
      const squares = await network.squaredGradients(...given);
      return isBroken ? nan(squares) : squares;
    },
    async state() {
      const isBroken = begin('state');
      return isBroken ? ruined(await network.state()) : network.state();
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
      createNetwork(spec, state) {
        return breakable(inner.createNetwork(spec, begin('createNetwork') ? ruined(state) : state));
      },
      memory: () => ({ tensors: 0, bytesAllocated: broken.bytes }),
      dispose: () => {
        disposed = true;
      },
    },
  };
  return broken;
}

function ruined(state: NetworkState): NetworkState {
  return { ...state, parameters: nan(state.parameters) };
}

function nan({ length }: { readonly length: number }): Float32Array<ArrayBuffer> {
  return new Float32Array(length).fill(NaN);
}
