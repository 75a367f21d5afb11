import { computeFailed } from '../compute-failed.ts';
import type { ComputeBackend } from '../compute.ts';
import { CallMemory } from './call-memory.ts';
import { KernelGuard } from './kernel-guard.ts';
import { loadKernels, type Kernels } from './kernels.ts';
import type { WasmPlace } from './network-memory.ts';
import { WasmHeap } from './wasm-heap.ts';
import { WasmNetwork } from './wasm-network.ts';

/**
 * Our own kernels in WebAssembly, single-threaded, with SIMD: the same bits on every machine. It cannot be lost; after a trap every call fails with it.
 * @throws BACKEND_UNAVAILABLE
 */
export async function openWasmBackend(): Promise<ComputeBackend> {
  // A memory never shrinks, and is given back when nobody can reach it any more.
  let place: WasmPlace | undefined = placeOf(await loadKernels());
  const networks = new Set<WasmNetwork>();
  return {
    name: 'wasm',
    deviceKey: 'wasm:simd:fused',
    lost: new Promise(() => {}),
    createNetwork(spec, state) {
      if (!place) throw computeFailed('wasm', 'the backend was disposed');
      const network: WasmNetwork = new WasmNetwork(place, spec, state, () => {
        networks.delete(network);
        if (networks.size === 0) place?.calls.release();
      });
      networks.add(network);
      return network;
    },
    memory: () => ({
      tensors: [...networks].reduce((sum, network) => sum + network.vectorCount, 0),
      bytesAllocated: place?.heap.bytes ?? 0,
    }),
    dispose() {
      for (const network of networks) network.dispose();
      place = undefined;
    },
  };
}

function placeOf(kernels: Kernels): WasmPlace {
  const heap = new WasmHeap(kernels.memory);
  return { kernels, heap, calls: new CallMemory(heap), guard: new KernelGuard() };
}
