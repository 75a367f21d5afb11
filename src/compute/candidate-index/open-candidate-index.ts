import { TendrilError } from '../../errors.ts';
import type { BackendName } from '../compute.ts';
import type { WebGpuTensors } from '../webgpu/tensors.ts';
import type { CandidateIndex, CandidateIndexOptions } from './candidate-index.ts';
import { parseCandidateOptions } from './check-candidates.ts';
import { createCpuRows } from './cpu-rows.ts';
import { HostCandidateIndex } from './host-candidate-index.ts';

/** Where an index lives: an open backend, or the name of one that needs no device. */
export interface CandidatePlace {
  readonly name: BackendName;
  /** Of the open backend, where it is 'webgpu'; the index fails when that does. */
  readonly tensors?: WebGpuTensors;
}

/**
 * An empty index, whose scores are those of the rows as it holds them; a backend's code is loaded by the first one made on it.
 * @throws INVALID_CONFIG for options that do not fit, BACKEND_UNAVAILABLE
 */
export async function openCandidateIndex(
  given: Omit<CandidateIndexOptions, 'rescore'>,
  place: CandidatePlace,
): Promise<CandidateIndex> {
  const options = parseCandidateOptions(given);
  switch (place.name) {
    case 'cpu':
      return new HostCandidateIndex('cpu', options, createCpuRows(options.features, options.storage));
    case 'wasm': {
      const { createWasmRows } = await import('./wasm-rows.ts');
      return new HostCandidateIndex('wasm', options, await createWasmRows(options.features, options.storage));
    }
    case 'webgpu': {
      if (!place.tensors)
        throw new TendrilError('BACKEND_UNAVAILABLE', { backend: 'webgpu', reason: 'no device is open' });
      const { WebGpuCandidateIndex } = await import('./webgpu-candidate-index.ts');
      return new WebGpuCandidateIndex(
        place.tensors,
        options,
        place.tensors.language.has('packed_4x8_integer_dot_product'),
      );
    }
  }
}
