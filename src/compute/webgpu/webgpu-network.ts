import type { TensorInfo } from '@tensorflow/tfjs-core';
import { asTendrilError } from '../../errors.ts';
import { checkBatch, checkInputs, checkState } from '../check-arguments.ts';
import { computeFailed } from '../compute-failed.ts';
import type { Anchor, Batch, Network, NetworkSpec, NetworkState } from '../compute.ts';
import { parameterCount } from '../parameter-layout.ts';
import { batchLabels, joined } from './batch-labels.ts';
import { parameterBlocks } from './parameter-blocks.ts';
import { WebGpuPlan, type ProgramRun } from './plan.ts';
import type { FusedProgram } from './programs.ts';
import { chunkRows } from './row-chunks.ts';
import { stepFactors, stepProgramOf } from './step.ts';
import type { WebGpuTensors } from './tensors.ts';
import { gradientProgram } from './update-programs.ts';
import { bucketLength, placeOf, workStart } from './work-layout.ts';

/** Steps that may wait on the device before `learn` waits for it: otherwise a fast caller would queue without bound. */
const stepsInFlight = 8;

/**
 * A network on WebGPU. A prediction takes one program a layer, a training step two for each hidden layer and three more, in one submission: each costs tens of
 * microseconds whatever it computes (arXiv 2604.02344). Parameters and moments stay in one buffer, which a step changes in place; what a call works on lies in
 * another, which goes back to tfjs's pool.
 * Every call records and submits its work before its promise is returned; that alone keeps overlapping calls in order.
 */
export class WebGpuNetwork implements Network {
  readonly spec: NetworkSpec;
  readonly backend = 'webgpu';
  readonly #tensors: WebGpuTensors;
  readonly #onDispose: () => void;
  readonly #size: number;
  readonly #plan: WebGpuPlan;
  /** What the gradients are made of: {@link parameterBlocks}. */
  readonly #blocks: { readonly tensor: TensorInfo; readonly blockCount: number; readonly tiles: number };
  /** Parameters, then the moments that the optimizer has, then the loss of the last step. */
  readonly #state: TensorInfo;
  readonly #momentSizes: readonly [number, number];
  readonly #programs;
  #step: number;
  #hasLoss = false;
  /** The last anchor given, and where it is on the device. */
  #anchor: { readonly given: Anchor; readonly tensor: TensorInfo } | undefined;
  #temporaries: TensorInfo[] = [];
  #disposed = false;

  constructor(tensors: WebGpuTensors, spec: NetworkSpec, state: NetworkState, onDispose: () => void) {
    checkState('webgpu', spec, state);
    tensors.assertUsable();
    this.spec = spec;
    this.#tensors = tensors;
    this.#onDispose = onDispose;
    this.#size = parameterCount(spec);
    this.#plan = new WebGpuPlan(spec, tensors.tiling);
    const tile = tensors.tiling.update;
    this.#programs = {
      step: stepProgramOf(spec, tile, false),
      anchoredStep: stepProgramOf(spec, tile, true),
      gradient: gradientProgram(tile, false),
      squaredGradient: gradientProgram(tile, true),
    };
    this.#step = state.step;
    this.#momentSizes = [state.firstMoment.length, state.secondMoment.length];
    this.#state = tensors.upload(joined(state.parameters, state.firstMoment, state.secondMoment, [NaN]));
    const { table, tiles, blockCount } = parameterBlocks(spec, this.#plan.work, tile);
    this.#blocks = { tensor: tensors.upload(table), tiles, blockCount };
  }

  async predict(inputs: Float32Array, rows: number): Promise<Float32Array<ArrayBuffer>> {
    const { inputSize, outputSize } = this.spec;
    const pending = this.#record(() => {
      checkInputs('webgpu', this.spec, inputs, rows);
      return chunkRows(rows).map(({ start, count, padded }) =>
        this.#scores(inputs.subarray(start * inputSize, (start + count) * inputSize), count, padded),
      );
    });
    const values = new Float32Array(rows * outputSize);
    let end = 0;
    for (const part of await this.#settled(pending)) {
      values.set(part, end);
      end += part.length;
    }
    return values;
  }

  async learn(batch: Batch): Promise<void> {
    this.#record(() => {
      const work = this.#backward(batch);
      const factors = stepFactors(this.spec, this.#step + 1);
      const { step, anchoredStep } = this.#programs;
      if (batch.anchor)
        this.#update(anchoredStep, [work, this.#anchorTensor(batch.anchor)], batch, this.#state, factors);
      else this.#update(step, [work], batch, this.#state, factors);
      this.#step += 1;
      this.#hasLoss = true;
      this.#tensors.submit();
    });
    const isFull = this.#step % stepsInFlight === 0;
    await this.#settled([isFull ? this.#tensors.finished() : this.#tensors.checked()]);
  }

  async lastLoss(): Promise<number> {
    const place = this.#state.shape[0]! - 1;
    const pending = this.#record(() => (this.#hasLoss ? [this.#tensors.read(this.#state, place, 1)] : []));
    return (await this.#settled(pending))[0]?.[0] ?? NaN;
  }

  async gradients(batch: Batch): Promise<{ loss: number; gradients: Float32Array<ArrayBuffer> }> {
    const rows = batch.weights.length;
    const pending = this.#record(() => {
      const work = this.#backward(batch);
      const gradients = this.#gradient(this.#programs.gradient, work, batch);
      const losses = placeOf(this.#plan.work.losses, rows);
      return [this.#tensors.read(work, losses, rows), this.#tensors.read(gradients)];
    });
    const results = await this.#settled(pending);
    return { loss: results[0]!.reduce((sum, loss) => sum + loss, 0) / rows, gradients: results[1]! };
  }

  async squaredGradients(batch: Batch): Promise<Float32Array<ArrayBuffer>> {
    const rows = batch.weights.length;
    const pending = this.#record(() => [
      this.#tensors.read(this.#gradient(this.#programs.squaredGradient, this.#backward(batch), batch)),
    ]);
    const results = await this.#settled(pending);
    return results[0]!.map((sum) => sum * rows * rows);
  }

  async state(): Promise<NetworkState> {
    const step = this.#step;
    const [firstSize, secondSize] = this.#momentSizes;
    const length = this.#size + firstSize + secondSize;
    const results = await this.#settled(this.#record(() => [this.#tensors.read(this.#state, 0, length)]));
    const part = (start: number, size: number): Float32Array<ArrayBuffer> => results[0]!.slice(start, start + size);
    return {
      parameters: part(0, this.#size),
      firstMoment: part(this.#size, firstSize),
      secondMoment: part(this.#size + firstSize, secondSize),
      step,
    };
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    for (const tensor of [this.#state, this.#blocks.tensor]) this.#tensors.release(tensor);
    if (this.#anchor) this.#tensors.release(this.#anchor.tensor);
    this.#onDispose();
  }

  /** Scores of the `count` rows of `inputs`, computed as `rows` of them. The work buffer serves the next chunk already. */
  #scores(inputs: Float32Array, count: number, rows: number): Promise<Float32Array<ArrayBuffer>> {
    const work = this.#tensors.allocate(bucketLength(placeOf(this.#plan.work.predictColumns, rows)));
    this.#tensors.write(work, inputs, placeOf(this.#plan.work.inputs, rows));
    this.#runAll(this.#plan.forward(rows), work);
    const scores = this.#tensors.read(work, placeOf(this.#plan.work.scores, rows), rows * this.spec.outputSize);
    this.#tensors.release(work);
    return scores.then((values) => values.subarray(0, count * this.spec.outputSize));
  }

  /** @returns the work buffer with everything that the gradients are made of */
  #backward(batch: Batch): TensorInfo {
    checkBatch('webgpu', this.spec, batch);
    const rows = batch.weights.length;
    const work = this.#temporary(this.#tensors.allocate(bucketLength(placeOf(this.#plan.work.columns, rows))));
    this.#tensors.write(work, constants);
    this.#tensors.write(work, batch.inputs, placeOf(this.#plan.work.inputs, rows));
    this.#tensors.write(work, batchLabels(batch), placeOf(this.#plan.work.weights, rows));
    this.#runAll(this.#plan.forward(rows), work);
    this.#runAll(this.#plan.backward(rows, batch.logits !== undefined), work);
    return work;
  }

  #gradient(program: FusedProgram, work: TensorInfo, batch: Batch): TensorInfo {
    const output = this.#temporary(this.#tensors.allocate(this.#size));
    this.#update(program, [work], batch, output);
    return output;
  }

  /** Runs a program over every parameter. */
  #update(
    program: FusedProgram,
    [work, ...others]: [TensorInfo, ...TensorInfo[]],
    batch: Batch,
    output: TensorInfo,
    factors: Readonly<Record<string, number>> = {},
  ): void {
    const { tensor, blockCount, tiles } = this.#blocks;
    const rows = batch.weights.length;
    const losses = placeOf(this.#plan.work.losses, rows);
    const uniforms = { rows, blockCount, tiles, size: this.#size, losses, loss: this.#state.shape[0]! - 1, ...factors };
    this.#tensors.run(program, [work, tensor, ...others], uniforms, output, tiles + 1);
  }

  #runAll(runs: readonly ProgramRun[], work: TensorInfo): void {
    for (const { program, uniforms, groups } of runs) {
      const inputs = program.inputs.length > 0 ? [this.#state] : [];
      this.#tensors.run(program, inputs, uniforms, work, groups);
    }
  }

  /** An anchor stays for many steps. */
  #anchorTensor(anchor: Anchor): TensorInfo {
    if (this.#anchor?.given !== anchor) {
      if (this.#anchor) this.#temporary(this.#anchor.tensor);
      this.#anchor = { given: anchor, tensor: this.#tensors.upload(joined(anchor.importance, anchor.parameters)) };
    }
    return this.#anchor.tensor;
  }

  #record<T>(work: () => T): T {
    if (this.#disposed) throw computeFailed('webgpu', 'the network was disposed');
    this.#tensors.assertUsable();
    try {
      return work();
    } catch (caught) {
      throw asTendrilError(caught, 'COMPUTE_FAILED', { backend: 'webgpu' });
    } finally {
      for (const tensor of this.#temporaries) this.#tensors.release(tensor);
      this.#temporaries = [];
    }
  }

  async #settled<T>(pending: Promise<T>[]): Promise<T[]> {
    try {
      return await Promise.all(pending);
    } catch (caught) {
      throw asTendrilError(caught, 'COMPUTE_FAILED', { backend: 'webgpu' });
    }
  }

  #temporary(tensor: TensorInfo): TensorInfo {
    this.#temporaries.push(tensor);
    return tensor;
  }
}

/** What a work buffer starts with. */
const constants = new Float32Array(workStart).fill(1);
