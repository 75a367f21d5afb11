import type { CandidateIndex } from '../../../src/compute/candidate-index/candidate-index.ts';
import { createCandidateIndex } from '../../../src/compute/candidate-index/create-candidate-index.ts';
import type { ComputeBackend } from '../../../src/compute/compute.ts';
import { openBackend } from '../../../src/compute/open-backend.ts';
import type { Job } from '../contender.ts';
import { serve } from './serve.ts';
import { TopKContender } from './top-k-contender.ts';

class Ours extends TopKContender {
  #backend: ComputeBackend | undefined;
  #index: CandidateIndex | undefined;

  protected async hold(rows: Float32Array<ArrayBuffer>, features: number, job: Job): Promise<void> {
    const { backend, storage = 'float32' } = job;
    // On the cpu and on WebAssembly an index needs nothing of an open backend.
    this.#backend = backend === 'webgpu' ? await openBackend(backend) : undefined;
    const options = { features, storage, capacity: rows.length / features };
    this.#index = await createCandidateIndex(options, this.#backend ?? { name: backend });
    await this.#index.add(rows);
  }

  protected async best(query: Float32Array<ArrayBuffer>, k: number): Promise<ArrayLike<number>> {
    if (!this.#index) throw new Error('there are no candidates');
    return (await this.#index.search(query, k)).slots;
  }

  async close(): Promise<void> {
    this.#index?.dispose();
    this.#backend?.dispose();
  }
}

serve(new Ours());
