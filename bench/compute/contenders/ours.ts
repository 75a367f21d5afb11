import type { Batch, ComputeBackend, Network } from '../../../src/compute/compute.ts';
import { openBackend } from '../../../src/compute/open-backend.ts';
import type { Contender, Job } from '../contender.ts';
import { specOf, stateOf } from '../our-network.ts';
import { batchesOf, layersOf, outputsOf } from '../workload.ts';
import { elapsedMs, inputRows, type InputRows } from './timing.ts';
import { serve } from './serve.ts';

/** The networks of src/compute, by the interface that learners use. */
class Ours implements Contender {
  #backend: ComputeBackend | undefined;
  #network: Network | undefined;
  #inputs: InputRows | undefined;
  #batches: readonly Batch[] = [];
  #step = 0;

  async open(job: Job): Promise<void> {
    const { shape, rows, backend } = job;
    this.#backend = await openBackend(backend);
    const spec = specOf(shape, rows);
    this.#network = this.#backend.createNetwork(spec, stateOf(spec, layersOf(shape)));
    this.#inputs = inputRows(job);
    const weights = new Float32Array(rows).fill(1);
    const outputMask = new Float32Array(outputsOf(shape)).fill(1);
    this.#batches = batchesOf(shape, rows).map((batch) => ({ ...batch, weights, outputMask }));
  }

  train(steps: number): Promise<number> {
    const { network, inputs } = this.#opened();
    return elapsedMs(async () => {
      for (let i = 0; i < steps; i++) await network.learn(this.#batches[this.#step++ % this.#batches.length]!);
      // A step returns before a GPU has done it; the answer says that it has.
      await network.predict(inputs(0, 1), 1);
    });
  }

  predict(calls: number, rows: number): Promise<number> {
    const { network, inputs } = this.#opened();
    return elapsedMs(async () => {
      for (let call = 0; call < calls; call++) await network.predict(inputs(call, rows), rows);
    });
  }

  async scores(rows: number, call = 0): Promise<readonly number[]> {
    const { network, inputs } = this.#opened();
    return Array.from(await network.predict(inputs(call, rows), rows));
  }

  async close(): Promise<void> {
    this.#network?.dispose();
    this.#backend?.dispose();
  }

  #opened() {
    if (!this.#network || !this.#inputs) throw new Error('no network is open');
    return { network: this.#network, inputs: this.#inputs };
  }
}

serve(new Ours());
