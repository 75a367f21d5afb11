import { createCandidateIndex } from '../../../src/compute/candidate-index/create-candidate-index.ts';
import type { ComputeBackend } from '../../../src/compute/compute.ts';
import { openBackend } from '../../../src/compute/open-backend.ts';
import { systemClock } from '../../../src/core/clock.ts';
import type { RetrievalQuery } from '../../../src/memory/retrieval/retrieval-event.ts';
import { RetrievalStore } from '../../../src/memory/retrieval/retrieval-store.ts';
import { ItemIndex } from '../../../src/runtime/item-index/item-index.ts';
import { clusteredEmbeddings } from '../candidates.ts';
import type { Contender, Job } from '../contender.ts';
import { serve } from './serve.ts';
import { elapsedMs } from './timing.ts';

const QUERIES = 32;
const SEED = 1;
const SPACE = { name: 'bench', version: '1' };

/**
 * A retrieval's items as embeddings, and a vote for each of its queries; `shape` of the job is [numbers, items]. With `storage` it has an index of them on the
 * job's backend, without it looks at all of them. A call of `predict` is one whole search for the best `rows`, another each time; `scores` gives the numbers of
 * the items that one finds.
 */
class Retrieval implements Contender {
  #store: RetrievalStore | undefined;
  #queries: readonly RetrievalQuery[] = [];
  #backend: ComputeBackend | undefined;
  #index: ItemIndex | undefined;

  async open({ shape, backend, storage }: Job): Promise<void> {
    const [size = 0, count = 0] = shape;
    const space = { ...SPACE, size };
    const spaceId = `bench@1/${size}`;
    const { rows, queries } = clusteredEmbeddings(count, size, QUERIES, SEED);
    const described = (values: Float32Array, row: number) => ({
      embedding: { spaceId, vector: [...values.subarray(row * size, (row + 1) * size)] },
    });
    this.#store = new RetrievalStore({ space, budgetBytes: Number.MAX_SAFE_INTEGER });
    this.#queries = Array.from({ length: QUERIES }, (_, query) => described(queries, query));
    fill(this.#store, count, (row) => described(rows, row), this.#queries);
    if (!storage) return;
    this.#backend = backend === 'webgpu' ? await openBackend(backend) : undefined;
    const options = { features: size, storage, capacity: count };
    await this.#fillIndex(this.#store, await createCandidateIndex(options, this.#backend ?? { name: backend }));
  }

  #fillIndex(store: RetrievalStore, index: Awaited<ReturnType<typeof createCandidateIndex>>): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#index = new ItemIndex({
        ...{ index, items: store.itemVectors(), clock: systemClock },
        yieldToEvents: () => new Promise((next) => setTimeout(next)),
        delay: (ms) => new Promise((wake) => setTimeout(wake, ms)),
        onSearched: () => undefined,
        onFilled: resolve,
        onFailed: reject,
      });
      store.useNearest(this.#index);
    });
  }

  predict(calls: number, k: number): Promise<number> {
    return elapsedMs(async () => {
      for (let call = 0; call < calls; call++) await this.#search(call, k);
    });
  }

  async scores(k: number, call = 0): Promise<readonly number[]> {
    return (await this.#search(call, k)).map(({ answer }) => Number(answer));
  }

  async #search(call: number, k: number) {
    if (!this.#store) throw new Error('there are no items');
    return this.#store.find(this.#queries[call % QUERIES]!, k, 0);
  }

  train(): Promise<number> {
    return Promise.reject(new Error('a retrieval is not trained'));
  }

  async close(): Promise<void> {
    this.#index?.dispose();
    this.#backend?.dispose();
  }
}

function fill(
  store: RetrievalStore,
  count: number,
  described: (row: number) => RetrievalQuery,
  queries: readonly RetrievalQuery[],
): void {
  const common = { atMs: 0, source: 'bench' };
  for (let row = 0; row < count; row++) {
    const item = { id: String(row), answer: row, features: {}, ...described(row) };
    store.apply({ ...common, kind: 'added', eventId: `item ${row}`, item });
  }
  queries.forEach((query, n) => {
    store.apply({ ...common, kind: 'up', eventId: `vote ${n}`, itemId: String(n), query });
  });
}

serve(new Retrieval());
