import { computeFailed } from '../compute-failed.ts';
import type { ComputeBackend } from '../compute.ts';
import { CpuNetwork } from './cpu-network.ts';

/** The backend that is always there: plain JavaScript on this thread, without tensors. It cannot be lost. */
export function openCpuBackend(): ComputeBackend {
  const networks = new Set<CpuNetwork>();
  let disposed = false;
  return {
    name: 'cpu',
    deviceKey: 'cpu',
    lost: new Promise(() => {}),
    createNetwork(spec, state) {
      if (disposed) throw computeFailed('cpu', 'the backend was disposed');
      const network: CpuNetwork = new CpuNetwork(spec, state, () => networks.delete(network));
      networks.add(network);
      return network;
    },
    memory: () => ({ tensors: 0, bytesAllocated: [...networks].reduce((sum, { bytes }) => sum + bytes, 0) }),
    dispose() {
      disposed = true;
      for (const network of networks) network.dispose();
    },
  };
}
