import type { Rng } from '../../src/core/rng.ts';
import { loadKernels, type Address } from '../../src/compute/wasm/kernels.ts';

/** What kernels/index.ts exports beside what networks call, for tests of each by itself. */
export interface SingleKernels {
  readonly memory: WebAssembly.Memory;
  multiply(
    a: Address,
    b: Address,
    start: Address,
    startStride: number,
    out: Address,
    rows: number,
    inner: number,
    columns: number,
    rectify: number,
    scratch: Address,
  ): void;
  multiplyByTransposed(
    a: Address,
    b: Address,
    zeros: Address,
    out: Address,
    rows: number,
    inner: number,
    columns: number,
    scratch: Address,
  ): void;
  multiplyTransposed(
    a: Address,
    b: Address,
    out: Address,
    rows: number,
    inner: number,
    columns: number,
    scratch: Address,
  ): void;
  toPanels(source: Address, target: Address, rows: number, columns: number): void;
  fromPanels(source: Address, target: Address, rows: number, columns: number): void;
  productScratchBytes(rows: number, inner: number): number;
  sumRows(matrix: Address, sums: Address, rows: number, columns: number): void;
  square(values: Address, bytes: number): void;
  closeGates(gradient: Address, activation: Address, bytes: number): void;
  expOfNegative(x: number): number;
  log(x: number): number;
  lossGradient(
    loss: number,
    scores: Address,
    targets: Address,
    weights: Address,
    outputMask: Address,
    rowMask: Address,
    logitTargets: Address,
    logitWeights: Address,
    rows: number,
    outputs: number,
    scale: number,
    mask: Address,
  ): number;
  adamStep(
    gradient: Address,
    parameters: Address,
    firstMoment: Address,
    secondMoment: Address,
    bytes: number,
    firstShare: number,
    secondShare: number,
    stepSize: number,
    rootCorrection: number,
    epsilon: number,
    decay: number,
  ): void;
  sgdStep(
    gradient: Address,
    parameters: Address,
    velocity: Address,
    bytes: number,
    learningRate: number,
    momentum: number,
    decay: number,
  ): void;
  adagradStep(
    gradient: Address,
    parameters: Address,
    sums: Address,
    bytes: number,
    learningRate: number,
    epsilon: number,
    decay: number,
  ): void;
  anchorStep(
    parameters: Address,
    secondMoment: Address,
    importance: Address,
    anchor: Address,
    bytes: number,
    learningRate: number,
    rootFactor: number,
    offset: number,
  ): void;
}

/** The kernels, with vectors put into their memory one behind the other. */
export class KernelBench {
  readonly kernels: SingleKernels;
  #end = 64;

  private constructor(kernels: SingleKernels) {
    this.kernels = kernels;
    kernels.memory.grow(64);
  }

  static async open(): Promise<KernelBench> {
    return new KernelBench((await loadKernels()) as unknown as SingleKernels);
  }

  /** Forgets what was put. What is put next lies among its remains, as it does among other networks' numbers. */
  clear(): void {
    this.#end = 64;
  }

  put(values: ArrayLike<number>): Address {
    const start = this.room(4 * values.length);
    new Float32Array(this.kernels.memory.buffer).set(values, start / 4);
    return start;
  }

  /** Room for so many bytes, and for what kernels may read and write behind them. */
  room(bytes: number): Address {
    const start = this.#end;
    this.#end += Math.ceil((bytes + 64) / 16) * 16;
    return start;
  }

  read(start: Address, length: number): Float32Array {
    return new Float32Array(this.kernels.memory.buffer, start, length).slice();
  }
}

/** Numbers around 0, a quarter of them 0 itself. */
export function sparseVector(rng: Rng, length: number): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length }, () => (rng.nextFloat() < 0.25 ? 0 : 2 * rng.nextFloat() - 1));
}
