import { reasonOf, TendrilError } from '../../errors.ts';
import { kernelBinary } from './kernel-binary.js';

/** An address in the kernels' memory, in bytes. */
export type Address = number;

/** What kernels/index.ts exports for networks. Nothing is checked there: addresses and sizes have to be right. */
export interface Kernels {
  readonly memory: WebAssembly.Memory;
  networkBytes(hiddenCount: number): number;
  vectorBytes(length: number): number;
  setNetwork(
    network: Address,
    inputSize: number,
    outputSize: number,
    loss: number,
    wide: number,
    hiddenCount: number,
    size: number,
  ): void;
  setHiddenSize(network: Address, index: number, units: number): void;
  setVectors(network: Address, zeros: Address, parameters: Address, firstMoment: Address, secondMoment: Address): void;
  setAnchor(network: Address, importance: Address, parameters: Address): void;
  /** From the order of `NetworkState.parameters` to that of the kernels, and back. */
  arrange(network: Address, source: Address, target: Address): void;
  restore(network: Address, source: Address, target: Address): void;
  layOut(network: Address, base: Address, rows: number): Address;
  addressesOf(network: Address): Address;
  predict(network: Address, rows: number): void;
  gradients(network: Address, rows: number, parts: number): number;
  squaredGradients(network: Address, rows: number, parts: number): void;
  learnAdam(
    network: Address,
    rows: number,
    parts: number,
    learningRate: number,
    firstShare: number,
    secondShare: number,
    stepSize: number,
    rootCorrection: number,
    epsilon: number,
    decay: number,
  ): number;
  learnSgd(
    network: Address,
    rows: number,
    parts: number,
    learningRate: number,
    momentum: number,
    decay: number,
  ): number;
  learnAdagrad(
    network: Address,
    rows: number,
    parts: number,
    learningRate: number,
    epsilon: number,
    decay: number,
  ): number;
}

/**
 * The kernels with a memory of their own. The compilation fails where a content security policy lacks 'wasm-unsafe-eval', and where the browser has no SIMD.
 * @throws BACKEND_UNAVAILABLE
 */
export async function loadKernels(): Promise<Kernels> {
  if (typeof WebAssembly === 'undefined') throw unavailable('WebAssembly is not supported');
  try {
    const { instance } = await WebAssembly.instantiate(decode(kernelBinary));
    return instance.exports as unknown as Kernels;
  } catch (caught) {
    throw unavailable(`the WebAssembly kernels could not be compiled: ${reasonOf(caught)}`, caught);
  }
}

function decode(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

function unavailable(reason: string, cause?: unknown): TendrilError {
  return new TendrilError('BACKEND_UNAVAILABLE', { backend: 'wasm', reason }, { cause });
}
