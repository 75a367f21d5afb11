import * as tf from '@tensorflow/tfjs-core';
import type { Job } from '../contender.ts';
import { openTfjs } from './open-tfjs.ts';
import { serve } from './serve.ts';
import { TopKContender } from './top-k-contender.ts';

/** tfjs operation by operation: a product of matrices, then `topk`; the candidates stay on the backend. */
class Tfjs extends TopKContender {
  #rows: tf.Tensor2D | undefined;

  protected async hold(rows: Float32Array<ArrayBuffer>, features: number, job: Job): Promise<void> {
    await openTfjs(job);
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
