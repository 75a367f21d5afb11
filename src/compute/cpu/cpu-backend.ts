import type { ComputeBackend } from '../compute.ts';
import { CpuNetwork } from './cpu-network.ts';

/** The backend that is always there: plain JavaScript on this thread, without tensors. It cannot be lost. */
export function openCpuBackend(): ComputeBackend {
  const networks = new Set<CpuNetwork>();
  return {
    name: 'cpu',
    deviceKey: 'cpu',
    lost: new Promise(() => {}),
    createNetwork(spec, state) {
      const network: CpuNetwork = new CpuNetwork(spec, state, () => networks.delete(network));
      networks.add(network);
      return network;
    },
    memory: () => ({ tensors: 0, bytesAllocated: [...networks].reduce((sum, { bytes }) => sum + bytes, 0) }),
    dispose() {
      for (const network of networks) network.dispose();
    },
  };
}
