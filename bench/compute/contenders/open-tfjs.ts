import '@tensorflow/tfjs-backend-cpu';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import '@tensorflow/tfjs-backend-webgpu';
import * as tf from '@tensorflow/tfjs-core';
import type { Job } from '../contender.ts';

/** tfjs at its best on the backend. @throws Error where it does not have it here */
export async function openTfjs({ backend, wasmFolder }: Pick<Job, 'backend' | 'wasmFolder'>): Promise<void> {
  // Otherwise an operation checks its results for NaN and more.
  tf.enableProdMode();
  // One thread, as for the others: the threaded build needs a page that is isolated.
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  setWasmPaths(wasmFolder);
  if (!(await tf.setBackend(backend))) throw new Error(`tfjs has no ${backend} here`);
  await tf.ready();
}
