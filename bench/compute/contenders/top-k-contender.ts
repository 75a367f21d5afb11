import { uniformCandidates } from '../candidates.ts';
import type { Contender, Job } from '../contender.ts';
import { elapsedMs } from './timing.ts';

const QUERIES = 32;
const SEED = 1;

/**
 * Searches candidates for the best; `shape` of the job is [features, candidates]. A call of `predict` is one query, another each time, from a typed array to the
 * slots of the best `rows` in an array; `scores` gives those of the first query.
 */
export abstract class TopKContender implements Contender {
  #queries: Float32Array<ArrayBuffer> | undefined;
  #features = 0;

  protected abstract hold(rows: Float32Array<ArrayBuffer>, features: number, job: Job): Promise<void>;
  protected abstract best(query: Float32Array<ArrayBuffer>, k: number): Promise<ArrayLike<number>>;
  abstract close(): Promise<void>;

  async open(job: Job): Promise<void> {
    const [features = 0, count = 0] = job.shape;
    const candidates = uniformCandidates(count, features, QUERIES, SEED);
    this.#queries = candidates.queries;
    this.#features = features;
    await this.hold(candidates.rows, features, job);
  }

  predict(calls: number, k: number): Promise<number> {
    return elapsedMs(async () => {
      for (let call = 0; call < calls; call++) await this.best(this.#query(call), k);
    });
  }

  async scores(k: number): Promise<readonly number[]> {
    return Array.from(await this.best(this.#query(0), k));
  }

  train(): Promise<number> {
    return Promise.reject(new Error('candidates are not trained'));
  }

  #query(call: number): Float32Array<ArrayBuffer> {
    if (!this.#queries) throw new Error('there are no queries');
    const start = (call % QUERIES) * this.#features;
    return this.#queries.slice(start, start + this.#features);
  }
}
