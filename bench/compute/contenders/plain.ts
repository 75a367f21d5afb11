import type { Contender, Job } from '../contender.ts';
import { plainScores } from '../plain-network.ts';
import { layersOf, type DenseLayer } from '../workload.ts';
import { elapsedMs, inputRows, type InputRows } from './timing.ts';
import { serve } from './serve.ts';

/** Loops over typed arrays, with nothing around them. They predict and do not train. */
class Plain implements Contender {
  #inputs: InputRows | undefined;
  #layers: readonly DenseLayer[] = [];

  async open(job: Job): Promise<void> {
    this.#inputs = inputRows(job);
    this.#layers = layersOf(job.shape);
  }

  train(): Promise<number> {
    return Promise.reject(new Error('the plain loops do not train'));
  }

  predict(calls: number, rows: number): Promise<number> {
    const inputs = this.#opened();
    return elapsedMs(async () => {
      for (let call = 0; call < calls; call++) plainScores(this.#layers, inputs(call, rows), rows);
    });
  }

  async scores(rows: number, call = 0): Promise<readonly number[]> {
    return Array.from(plainScores(this.#layers, this.#opened()(call, rows), rows));
  }

  async close(): Promise<void> {}

  #opened(): InputRows {
    if (!this.#inputs) throw new Error('nothing is open');
    return this.#inputs;
  }
}

serve(new Plain());
