import '@tensorflow/tfjs-backend-cpu';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import '@tensorflow/tfjs-backend-webgpu';
import * as tf from '@tensorflow/tfjs-core';
import type { Job } from '../contender.ts';
import { serve } from './serve.ts';
import { TopKContender } from './top-k-contender.ts';

/** tfjs operation by operation: a product of matrices, then `topk`; the candidates stay on the backend. */
class Tfjs extends TopKContender {
  #rows: tf.Tensor2D | undefined;

  protected async hold(rows: Float32Array<ArrayBuffer>, features: number, job: Job): Promise<void> {
    tf.enableProdMode();
    // One thread, as for the others: the threaded build needs a page that is isolated.
    tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
    setWasmPaths(job.wasmFolder);
    if (!(await tf.setBackend(job.backend))) throw new Error(`tfjs has no ${job.backend} here`);
    await tf.ready();
    this.#rows = tf.tensor2d(rows, [rows.length / features, features]);
  }

  protected async best(query: Float32Array, k: number): Promise<ArrayLike<number>> {
    const rows = this.#rows;
    if (!rows) throw new Error('there are no candidates');
    const indices = tf.tidy(() => {
      const scores = tf.matMul(rows, tf.tensor2d(query, [query.length, 1]));
      return tf.topk(tf.reshape(scores, [-1]), k).indices;
    });
    const slots = await indices.data();
    indices.dispose();
    return slots;
  }

  async close(): Promise<void> {
    this.#rows?.dispose();
  }
}

serve(new Tfjs());
