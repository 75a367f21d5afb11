import type { CandidateStorage } from '../../src/compute/candidate-index/candidate-index.ts';
import type { BackendName } from '../../src/compute/compute.ts';
import type { Shape } from './workload.ts';

/** Adam's settings, the same for all who train. */
export const ADAM = { learningRate: 0.001, beta1: 0.9, beta2: 0.999, epsilon: 1e-7 } as const;

export interface Job {
  readonly shape: Shape;
  readonly backend: BackendName;
  /** Rows of a training batch. */
  readonly rows: number;
  /** tfjs's binaries, by URL or path of their folder with a slash at its end. */
  readonly wasmFolder: string;
  /** onnxruntime-web: its module, and the folder of its binaries with a slash at the end; null where it is not installed. */
  readonly onnx: { readonly module: string; readonly folder: string } | null;
  /**
   * How tfjs is used: by tfjs-layers' own calls, `trainOnBatch` (which reads the loss of each step) and `predictOnBatch`; or as lean as it goes, the
   * model's train function with the loss left on the device, and predictions by fused operations of tfjs-core. Default: by its own calls.
   */
  readonly lean?: boolean;
  /** How our candidates are held, where they are searched. */
  readonly storage?: CandidateStorage;
}

/**
 * One of those compared, with one network; each runs in a worker or process of its own. All start from the same weights and go through the same rows. Inputs
 * are typed arrays, because that is what a page has: making tensors of them is part of what is timed.
 */
export interface Contender {
  open(job: Job): Promise<void>;
  /** Milliseconds that `steps` training steps take, until the device has done the last. */
  train(steps: number): Promise<number>;
  /** Milliseconds that `calls` predictions of `rows` rows take, one after another, each until its scores are in a typed array. */
  predict(calls: number, rows: number): Promise<number>;
  /** Scores before the softmax of the rows that prediction number `call` has, with the weights as they are, row-major. @param call default 0 */
  scores(rows: number, call?: number): Promise<readonly number[]>;
  close(): Promise<void>;
}

export type ContenderName =
  'ours' | 'tfjs-layers' | 'onnxruntime' | 'plain' | 'top-k-ours' | 'top-k-tfjs' | 'top-k-plain' | 'retrieval';
