import type { Anchor, Batch, NetworkLoss, NetworkSpec, NetworkState } from '../compute.ts';
import type { CallMemory } from './call-memory.ts';
import type { KernelGuard } from './kernel-guard.ts';
import type { Address, Kernels } from './kernels.ts';
import { batchParts } from './optimizer-call.ts';
import type { WasmHeap } from './wasm-heap.ts';

/** As kernels/loss.ts numbers them. */
const lossNumbers: Record<NetworkLoss, number> = { 'softmax-cross-entropy': 0, logistic: 1, squared: 2 };

/** What the networks of one backend share. */
export interface WasmPlace {
  readonly kernels: Kernels;
  readonly heap: WasmHeap;
  readonly calls: CallMemory;
  readonly guard: KernelGuard;
}

/** Where the parts of a call are: indices into the heap's floats. */
interface CallPlaces {
  inputs: number;
  targets: number;
  weights: number;
  outputMask: number;
  rowMask: number;
  logitTargets: number;
  logitWeights: number;
  scores: number;
  gradient: number;
}

/** One network in WebAssembly memory: the vectors that stay in a block of its own, and what a call works on in the block that all share. */
export class NetworkMemory {
  readonly address: Address;
  readonly #place: WasmPlace;
  readonly #spec: NetworkSpec;
  readonly #lengths: readonly [parameters: number, firstMoment: number, secondMoment: number];
  readonly #vectors: readonly [parameters: Address, firstMoment: Address, secondMoment: Address];
  readonly #vectorBytes: number;
  readonly #at: CallPlaces = {
    inputs: 0,
    targets: 0,
    weights: 0,
    outputMask: 0,
    rowMask: 0,
    logitTargets: 0,
    logitWeights: 0,
    scores: 0,
    gradient: 0,
  };
  /** Rows that are laid out, and in which of the blocks that all share; none as long as there is no generation. */
  #rows = 0;
  #generation: number | undefined;
  #anchor: Anchor | undefined;
  #anchorAddress: Address = 0;

  /** @throws RangeError where there is no memory */
  constructor(place: WasmPlace, spec: NetworkSpec, state: NetworkState) {
    const { kernels, heap } = place;
    const vectors = [state.parameters, state.firstMoment, state.secondMoment] as const;
    const ownBytes = Math.ceil(kernels.networkBytes(spec.hiddenSizes.length) / 16) * 16;
    const zeroBytes = kernels.vectorBytes(Math.max(spec.inputSize, ...spec.hiddenSizes, spec.outputSize));
    const vectorBytes = kernels.vectorBytes(state.parameters.length);
    const held = vectors.filter(({ length }) => length > 0).length;
    this.address = heap.allocate(ownBytes + zeroBytes + held * vectorBytes);
    this.#place = place;
    this.#spec = spec;
    this.#vectorBytes = vectorBytes;
    this.#lengths = [vectors[0].length, vectors[1].length, vectors[2].length];
    const zeros = this.address + ownBytes;
    this.#vectors = this.#placeVectors(zeros + zeroBytes);
    heap.floats.fill(0, zeros / 4, (zeros + zeroBytes) / 4);
    this.#describe(zeros);
    try {
      for (const [index, values] of vectors.entries()) if (values.length > 0) this.#put(values, this.#vectors[index]!);
    } catch (caught) {
      heap.free(this.address);
      throw caught;
    }
  }

  /** Vectors held, those of an anchor included. */
  get vectorCount(): number {
    return this.#lengths.filter((length) => length > 0).length + (this.#anchorAddress > 0 ? 2 : 0);
  }

  /** Copies the vectors out. */
  vectors(): Pick<NetworkState, 'parameters' | 'firstMoment' | 'secondMoment'> {
    const [parameters, firstMoment, secondMoment] = this.#vectors;
    const [length, firstLength, secondLength] = this.#lengths;
    return {
      parameters: this.#take(parameters, length),
      firstMoment: this.#take(firstMoment, firstLength),
      secondMoment: this.#take(secondMoment, secondLength),
    };
  }

  /** Makes room for a call with so many rows, and copies its inputs there. @throws RangeError where there is no memory */
  putInputs(inputs: Float32Array, rows: number): void {
    this.#reserve(rows);
    this.#place.heap.floats.set(inputs, this.#at.inputs);
  }

  /** The same with a whole batch. @returns what it has, see {@link batchParts} */
  putBatch(batch: Batch): number {
    this.putInputs(batch.inputs, batch.weights.length);
    const { floats } = this.#place.heap;
    const at = this.#at;
    floats.set(batch.targets, at.targets);
    floats.set(batch.weights, at.weights);
    floats.set(batch.outputMask, at.outputMask);
    if (batch.rowMask) floats.set(batch.rowMask, at.rowMask);
    if (batch.logits) {
      floats.set(batch.logits.targets, at.logitTargets);
      floats.set(batch.logits.weights, at.logitWeights);
    }
    return (batch.rowMask ? batchParts.rowMask : 0) | (batch.logits ? batchParts.logits : 0);
  }

  /** Copies an anchor in, unless it is the one that is there. @throws RangeError where there is no memory */
  putAnchor(anchor: Anchor): void {
    if (this.#anchor === anchor) return;
    const { heap, kernels } = this.#place;
    // One that is half there is none.
    this.#anchor = undefined;
    if (this.#anchorAddress === 0) {
      this.#anchorAddress = heap.allocate(2 * this.#vectorBytes);
      kernels.setAnchor(this.address, this.#anchorAddress, this.#anchorAddress + this.#vectorBytes);
    }
    this.#put(anchor.importance, this.#anchorAddress);
    this.#put(anchor.parameters, this.#anchorAddress + this.#vectorBytes);
    this.#anchor = anchor;
  }

  /** Copies scores of the first rows out. */
  scores(rows: number): Float32Array<ArrayBuffer> {
    return this.#copy(this.#at.scores, rows * this.#spec.outputSize);
  }

  /** Copies the gradient out. */
  gradient(): Float32Array<ArrayBuffer> {
    return this.#take(4 * this.#at.gradient, this.#lengths[0]);
  }

  free(): void {
    this.#place.heap.free(this.address);
    if (this.#anchorAddress > 0) this.#place.heap.free(this.#anchorAddress);
  }

  /** Vectors one behind the other; 0 for one that is empty. */
  #placeVectors(first: Address): [Address, Address, Address] {
    let end = first;
    const place = (length: number): Address => {
      if (length === 0) return 0;
      end += this.#vectorBytes;
      return end - this.#vectorBytes;
    };
    const [parameters, firstMoment, secondMoment] = this.#lengths;
    return [place(parameters), place(firstMoment), place(secondMoment)];
  }

  #describe(zeros: Address): void {
    const { kernels } = this.#place;
    const { inputSize, hiddenSizes, outputSize, loss, wide } = this.#spec;
    const sizes = [hiddenSizes.length, this.#lengths[0]] as const;
    kernels.setNetwork(this.address, inputSize, outputSize, lossNumbers[loss], wide ? 1 : 0, ...sizes);
    for (const [index, units] of hiddenSizes.entries()) kernels.setHiddenSize(this.address, index, units);
    kernels.setVectors(this.address, zeros, ...this.#vectors);
  }

  #reserve(rows: number): void {
    const { kernels, calls, heap } = this.#place;
    if (rows <= this.#rows && calls.generation === this.#generation) return;
    const most = Math.max(rows, this.#rows);
    // What follows moves the parts of a call, and may fail half way.
    this.#generation = undefined;
    calls.reserve(kernels.layOut(this.address, 0, most));
    kernels.layOut(this.address, calls.base, most);
    const first = kernels.addressesOf(this.address) / 4;
    for (const [index, name] of callParts.entries()) this.#at[name] = heap.words[first + index]! / 4;
    this.#rows = most;
    this.#generation = calls.generation;
  }

  /** Copies a vector in, its weights into panels. */
  #put(values: Float32Array, target: Address): void {
    const { kernels, heap } = this.#place;
    const source = heap.allocate(this.#vectorBytes);
    heap.floats.set(values, source / 4);
    kernels.arrange(this.address, source, target);
    heap.free(source);
  }

  /** Copies a vector out, its weights in rows again. */
  #take(source: Address, length: number): Float32Array<ArrayBuffer> {
    if (length === 0) return new Float32Array(0);
    const { kernels, heap } = this.#place;
    const target = heap.allocate(this.#vectorBytes);
    kernels.restore(this.address, source, target);
    const values = this.#copy(target / 4, length);
    heap.free(target);
    return values;
  }

  #copy(start: number, length: number): Float32Array<ArrayBuffer> {
    return this.#place.heap.floats.slice(start, start + length);
  }
}

/** In the order of kernels/network.ts. */
const callParts = [
  'inputs',
  'targets',
  'weights',
  'outputMask',
  'rowMask',
  'logitTargets',
  'logitWeights',
  'scores',
  'gradient',
] as const;
