import { TendrilError } from '../../errors.ts';
import type { ComputeBackend } from '../compute.ts';
import { CallMemory } from './call-memory.ts';
import { KernelGuard } from './kernel-guard.ts';
import { loadKernels } from './kernels.ts';
import type { WasmPlace } from './network-memory.ts';
import { WasmHeap } from './wasm-heap.ts';
import { WasmNetwork } from './wasm-network.ts';

/**
 * Our own kernels in WebAssembly, single-threaded, with SIMD: the same bits on every machine. It cannot be lost; after a trap every call fails with it.
 * @throws BACKEND_UNAVAILABLE
 */
export async function openWasmBackend(): Promise<ComputeBackend> {
  const kernels = await loadKernels();
  const heap = new WasmHeap(kernels.memory);
  const place: WasmPlace = { kernels, heap, calls: new CallMemory(heap), guard: new KernelGuard() };
  const networks = new Set<WasmNetwork>();
  let disposed = false;
  return {
    name: 'wasm',
    deviceKey: 'wasm:simd:fused',
    lost: new Promise(() => {}),
    createNetwork(spec, state) {
      if (disposed) throw new TendrilError('COMPUTE_FAILED', { backend: 'wasm', reason: 'the backend was disposed' });
      const network: WasmNetwork = new WasmNetwork(place, spec, state, () => {
        networks.delete(network);
        if (networks.size === 0) place.calls.release();
      });
      networks.add(network);
      return network;
    },
    memory: () => ({
      tensors: [...networks].reduce((sum, network) => sum + network.vectorCount, 0),
      // The memory grows and never shrinks.
      bytesAllocated: heap.bytes,
    }),
    dispose() {
      disposed = true;
      for (const network of networks) network.dispose();
    },
  };
}
