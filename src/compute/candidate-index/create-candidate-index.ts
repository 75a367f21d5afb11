import type { CandidateIndex, CandidateIndexOptions } from './candidate-index.ts';
import { parseCandidateOptions, type ParsedCandidateOptions } from './check-candidates.ts';
import { createCpuRows } from './cpu-rows.ts';
import { HostCandidateIndex } from './host-candidate-index.ts';
import { RescoredIndex } from './rescored-index.ts';
import type { CandidateGpu } from './webgpu-buffers.ts';

/** Where an index lives. */
export type CandidatePlace =
  { readonly backend: 'cpu' | 'wasm' } | { readonly backend: 'webgpu'; readonly gpu: CandidateGpu };

/**
 * An empty index; a backend's code is loaded by the first one made on it.
 * @throws INVALID_CONFIG for options that do not fit, BACKEND_UNAVAILABLE
 */
export async function createCandidateIndex(
  options: CandidateIndexOptions,
  place: CandidatePlace,
): Promise<CandidateIndex> {
  const parsed = parseCandidateOptions(options);
  if (!parsed.rescore) return openIndex(parsed, place);
  const inner = await openIndex({ ...parsed, metric: 'inner-product', rescore: false }, place);
  return new RescoredIndex(inner, parsed);
}

async function openIndex(options: ParsedCandidateOptions, place: CandidatePlace): Promise<CandidateIndex> {
  switch (place.backend) {
    case 'cpu':
      return new HostCandidateIndex('cpu', options, createCpuRows(options.features, options.storage));
    case 'wasm': {
      const { createWasmRows } = await import('./wasm-rows.ts');
      return new HostCandidateIndex('wasm', options, await createWasmRows(options.features, options.storage));
    }
    case 'webgpu': {
      const { WebGpuCandidateIndex } = await import('./webgpu-candidate-index.ts');
      return new WebGpuCandidateIndex(place.gpu, options, hasPackedDotProduct());
    }
  }
}

function hasPackedDotProduct(): boolean {
  const { navigator } = globalThis as { navigator?: Navigator };
  return navigator?.gpu.wgslLanguageFeatures.has('packed_4x8_integer_dot_product') ?? false;
}
