import type { Batch, LogitTargets, NetworkSpec } from '../compute/compute.ts';
import { paddedTrainingRows } from '../compute/training-rows.ts';
import type { Example } from './learner.ts';

/** An example as a strategy wants it learned. */
export interface Lesson extends Example {
  /** Only these classes, which may repeat, and its own take part in its softmax (ER-ACE, arXiv 2104.05025). Default: all. */
  readonly among?: readonly string[];
  /** Scores [classes known at the time] to stay near, and how much that counts (dark experience replay, arXiv 2004.07211). */
  readonly stayNear?: { readonly logits: Float32Array; readonly weight: number };
}

/** Most lessons of one training step. */
export const MOST_ROWS = 512;

export interface LessonBatch extends Batch {
  readonly rowMask: Float32Array;
  readonly logits: LogitTargets;
}

/** The arrays of training batches, kept between steps: one set for each number of rows that occurs. */
export class LessonBatches {
  readonly #byRows = new Map<number, LessonBatch>();

  /** A batch of zeros with room for `count` rows. */
  of(spec: NetworkSpec, count: number): LessonBatch {
    const rows = paddedTrainingRows(count, spec.batchSize);
    const kept = this.#byRows.get(rows);
    if (kept?.targets.length === rows * spec.outputSize) {
      for (const part of [kept.inputs, kept.targets, kept.weights, kept.outputMask]) part.fill(0);
      for (const part of [kept.rowMask, kept.logits.targets, kept.logits.weights]) part.fill(0);
      return kept;
    }
    const size = rows * spec.outputSize;
    const batch: LessonBatch = {
      inputs: new Float32Array(rows * spec.inputSize),
      targets: new Float32Array(size),
      weights: new Float32Array(rows),
      outputMask: new Float32Array(spec.outputSize),
      rowMask: new Float32Array(size),
      logits: { targets: new Float32Array(size), weights: new Float32Array(size) },
    };
    this.#byRows.set(rows, batch);
    return batch;
  }
}
