import type { Contender, Job } from '../contender.ts';
import { denseModel, INPUT, OUTPUT } from '../onnx/dense-model.ts';
import { inputsOf, layersOf } from '../workload.ts';
import { elapsedMs, inputRows, type InputRows } from './timing.ts';
import { serve } from './serve.ts';

/** What is used of onnxruntime-web's interface; the package is installed apart from the project's own, so that its types are not always there. */
interface OnnxRuntime {
  readonly env: { readonly wasm: { numThreads: number; wasmPaths: string } };
  readonly Tensor: new (type: 'float32', values: Float32Array, dimensions: readonly number[]) => OnnxTensor;
  readonly InferenceSession: {
    create(model: Uint8Array, options: { executionProviders: readonly string[] }): Promise<OnnxSession>;
  };
}

interface OnnxTensor {
  readonly data: Float32Array;
}

interface OnnxSession {
  run(feeds: Readonly<Record<string, OnnxTensor>>): Promise<Readonly<Record<string, OnnxTensor>>>;
  release(): Promise<void>;
}

/** onnxruntime-web on WebAssembly in one thread. It predicts and does not train. */
class OnnxRuntimeWeb implements Contender {
  #runtime: OnnxRuntime | undefined;
  #session: OnnxSession | undefined;
  #columns = 0;
  #inputs: InputRows | undefined;

  async open(job: Job): Promise<void> {
    if (job.onnx === null) throw new Error('onnxruntime-web is not installed');
    this.#runtime = (await import(/* @vite-ignore */ job.onnx.module)) as OnnxRuntime;
    this.#runtime.env.wasm.numThreads = 1;
    this.#runtime.env.wasm.wasmPaths = job.onnx.folder;
    this.#session = await this.#runtime.InferenceSession.create(denseModel(layersOf(job.shape)), {
      executionProviders: ['wasm'],
    });
    this.#columns = inputsOf(job.shape);
    this.#inputs = inputRows(job);
  }

  train(): Promise<number> {
    return Promise.reject(new Error('onnxruntime-web does not train'));
  }

  predict(calls: number, rows: number): Promise<number> {
    const { inputs } = this.#opened();
    return elapsedMs(async () => {
      for (let call = 0; call < calls; call++) await this.#scores(inputs(call, rows), rows);
    });
  }

  async scores(rows: number, call = 0): Promise<readonly number[]> {
    return Array.from(await this.#scores(this.#opened().inputs(call, rows), rows));
  }

  async close(): Promise<void> {
    await this.#session?.release();
  }

  async #scores(values: Float32Array, rows: number): Promise<Float32Array> {
    const { runtime, session, columns } = this.#opened();
    const answer = await session.run({ [INPUT]: new runtime.Tensor('float32', values, [rows, columns]) });
    const scores = answer[OUTPUT];
    if (!scores) throw new Error('the model has no scores');
    return scores.data;
  }

  #opened() {
    if (!this.#runtime || !this.#session || !this.#inputs) throw new Error('no model is open');
    return { runtime: this.#runtime, session: this.#session, columns: this.#columns, inputs: this.#inputs };
  }
}

serve(new OnnxRuntimeWeb());
