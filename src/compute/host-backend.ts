import type { ComputeBackend } from './compute.ts';
import { HostNetwork } from './host-network.ts';
import type { HostTensors } from './host-tensors.ts';

/** A backend over tensors in this thread's memory. It cannot be lost. */
export function createHostBackend(tensors: HostTensors, deviceKey: string): ComputeBackend {
  const networks = new Set<HostNetwork>();
  let disposed = false;
  return {
    name: tensors.name,
    deviceKey,
    lost: new Promise(() => {}),
    createNetwork(spec, state) {
      const network: HostNetwork = new HostNetwork(tensors, spec, state, () => networks.delete(network));
      networks.add(network);
      return network;
    },
    memory: () => ({
      tensors: tensors.tensorCount(),
      bytesAllocated: tensors.bytesAllocated() + [...networks].reduce((sum, network) => sum + network.vectorBytes, 0),
    }),
    dispose() {
      if (disposed) return;
      disposed = true;
      for (const network of networks) network.dispose();
      tensors.dispose();
    },
  };
}
