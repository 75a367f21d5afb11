import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { ComputeBackend, Network, NetworkSpec } from '../../src/compute/compute.ts';
import { parameterCount } from '../../src/compute/parameter-layout.ts';
import { openWasmBackend } from '../../src/compute/wasm/wasm-backend.ts';
import { WasmHeap } from '../../src/compute/wasm/wasm-heap.ts';
import { Rng } from '../../src/core/rng.ts';
import {
  learnedState,
  networkSpec,
  randomAnchor,
  randomBatch,
  randomVector,
  rehearsalBatch,
} from '../conformance/compute-fixtures.ts';

const small: NetworkSpec = {
  ...networkSpec('softmax-cross-entropy', 0),
  inputSize: 9,
  hiddenSizes: [11, 5],
  batchSize: 8,
};

const outOfMemory = expect.objectContaining({ code: 'COMPUTE_FAILED', cause: expect.any(RangeError) as unknown });

/** While no WebAssembly memory can grow. */
async function withoutGrowth(work: () => Promise<unknown>): Promise<void> {
  const grow = vi.spyOn(WebAssembly.Memory.prototype, 'grow').mockImplementation(() => {
    throw new RangeError('no room');
  });
  await work();
  grow.mockRestore();
}

/** A function of its own, so that nothing here keeps what is only looked at. */
async function openWatched(): Promise<{ backend: ComputeBackend; memory: WeakRef<WebAssembly.Memory> }> {
  const instantiated = vi.spyOn(WebAssembly, 'instantiate');
  const backend = await openWasmBackend();
  const { instance } = await (instantiated.mock.results[0]!.value as Promise<{ instance: WebAssembly.Instance }>);
  instantiated.mockRestore();
  return { backend, memory: new WeakRef(instance.exports['memory'] as WebAssembly.Memory) };
}

describe('networks in WebAssembly memory', () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it('hold no more after 10,000 mixed steps than after 100', { timeout: 60_000 }, async () => {
    const backend = await openWasmBackend();
    const network = backend.createNetwork(small, learnedState(small, 1));
    const batches = [randomBatch(small, 2), rehearsalBatch(small, 3, 16), rehearsalBatch(small, 4, 64)] as const;
    const anchors = [randomAnchor(small, 5), randomAnchor(small, 6)] as const;
    const inputs = randomVector(Rng.fromSeed(7), 700 * small.inputSize);
    const step = async (i: number): Promise<void> => {
      const batch = batches[i % 3]!;
      await network.learn(i % 5 === 0 ? { ...batch, anchor: anchors[i % 2]! } : batch);
      const rows = [1, 2, 3, 64, 700][i % 5]!;
      await network.predict(inputs.subarray(0, rows * small.inputSize), rows);
      if (i % 50 === 0) await Promise.all([network.gradients(batch), network.squaredGradients(batch), network.state()]);
      if (i % 100 === 0) backend.createNetwork(small, learnedState(small, i)).dispose();
    };
    for (let i = 0; i < 100; i++) await step(i);
    const warm = backend.memory();
    for (let i = 100; i < 10_000; i++) await step(i);
    expect(backend.memory()).toEqual(warm);
    network.dispose();
    expect(backend.memory().tensors).toBe(0);
    backend.dispose();
  });

  it('go on undisturbed while the memory grows under them and others come and go', async () => {
    const learn = async (network: Network, between: () => Promise<void>): Promise<unknown> => {
      for (let i = 0; i < 12; i++) {
        await network.learn({ ...rehearsalBatch(small, i, 16), anchor: randomAnchor(small, i % 3) });
        await between();
      }
      const inputs = randomVector(Rng.fromSeed(1), 5 * small.inputSize);
      return [await network.state(), await network.predict(inputs, 5), await network.gradients(randomBatch(small, 9))];
    };
    const alone = await openWasmBackend();
    const expected = await learn(alone.createNetwork(small, learnedState(small, 1)), () => Promise.resolve());
    const shared = await openWasmBackend();
    const others: Network[] = [];
    let size = 8;
    const found = await learn(shared.createNetwork(small, learnedState(small, 1)), async () => {
      size *= 2;
      const large = { ...networkSpec('logistic', 0), inputSize: 16, hiddenSizes: [size] };
      const other = shared.createNetwork(large, learnedState(large, size));
      await other.learn(rehearsalBatch(large, size, 64));
      await other.learn({ ...rehearsalBatch(large, size, 8), anchor: randomAnchor(large, size) });
      others.push(other);
      if (others.length > 2) others.shift()?.dispose();
    });
    expect(shared.memory().bytesAllocated).toBeGreaterThan(4 * alone.memory().bytesAllocated);
    expect(found).toEqual(expected);
    for (const backend of [alone, shared]) backend.dispose();
  });

  it('score a row alike alone and among others', async () => {
    const backend = await openWasmBackend();
    const spec = { ...networkSpec('logistic', 0), inputSize: 301, hiddenSizes: [37, 10] };
    const network = backend.createNetwork(spec, learnedState(spec, 1));
    const inputs = randomVector(Rng.fromSeed(2), 530 * spec.inputSize);
    const all = await network.predict(inputs, 530);
    for (const [first, count] of [
      [0, 1],
      [3, 2],
      [100, 3],
      [200, 5],
      [100, 67],
      [529, 1],
    ] as const) {
      const some = await network.predict(inputs.subarray(first * 301, (first + count) * 301), count);
      expect(some).toEqual(all.slice(first * spec.outputSize, (first + count) * spec.outputSize));
    }
    backend.dispose();
  });

  it('refuse what does not fit into a memory, and leave nothing of it behind', async () => {
    const backend = await openWasmBackend();
    const spec: NetworkSpec = { ...small, hiddenSizes: [] };
    const network = backend.createNetwork(spec, learnedState(spec, 1));
    const before = backend.memory();
    const wide = { ...spec, hiddenSizes: [14_000, 14_000] };
    // Only their length is looked at before there is room for them.
    const vector = { length: parameterCount(wide) } as Float32Array<ArrayBuffer>;
    const huge = { parameters: vector, firstMoment: vector, secondMoment: vector, step: 0 };
    const reason = expect.stringContaining('more than a WebAssembly memory may have') as string;
    const failure = expect.objectContaining({ code: 'COMPUTE_FAILED', details: { backend: 'wasm', reason } });
    expect(() => backend.createNetwork(wide, huge)).toThrow(failure);
    expect(backend.memory()).toEqual(before);
    await network.learn(randomBatch(spec, 2));
    backend.dispose();
  });

  it('give their memory back with the backend, whoever keeps it or a network', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const { backend, memory } = await openWatched();
    const network = backend.createNetwork(small, learnedState(small, 1));
    await network.learn(randomBatch(small, 2));
    backend.dispose();
    for (let i = 0; i < 20 && memory.deref(); i++) {
      await new Promise((resolve) => setTimeout(resolve, 0));
      collect();
    }
    expect([backend.name, network.backend, memory.deref()]).toEqual(['wasm', 'wasm', undefined]);
  });

  it('leave the others alone where there is no memory for a call', async () => {
    const backend = await openWasmBackend();
    const [spared, growing] = [1, 2].map((seed) => backend.createNetwork(small, learnedState(small, seed)));
    const before = await spared!.state();
    const inputs = randomVector(Rng.fromSeed(3), 500 * small.inputSize);
    await withoutGrowth(() => expect(growing!.predict(inputs, 500)).rejects.toEqual(outOfMemory));
    const few = inputs.subarray(0, 8 * small.inputSize);
    const alone = (await openWasmBackend()).createNetwork(small, learnedState(small, 2));
    expect(await growing!.predict(few, 8)).toEqual(await alone.predict(few, 8));
    expect(await spared!.state()).toEqual(before);
    backend.dispose();
  });

  it('lay their calls out anew where a smaller block has taken the place of theirs', async () => {
    const backend = await openWasmBackend();
    const flat = { ...small, hiddenSizes: [] };
    const first = backend.createNetwork(flat, learnedState(flat, 1));
    const large = backend.createNetwork(small, learnedState(small, 2));
    const inputs = randomVector(Rng.fromSeed(3), 500 * small.inputSize);
    const scores = await large.predict(inputs, 500);
    const larger = { ...small, hiddenSizes: [300] };
    const failing = backend.createNetwork(larger, learnedState(larger, 4));
    await withoutGrowth(async () => {
      await expect(failing.predict(inputs, 500)).rejects.toEqual(outOfMemory);
      await first.predict(inputs.subarray(0, small.inputSize), 1);
    });
    const behind = backend.createNetwork(flat, learnedState(flat, 5));
    const before = await behind.state();
    expect(await large.predict(inputs, 500)).toEqual(scores);
    expect(await behind.state()).toEqual(before);
    backend.dispose();
  });

  it('take half an anchor for none', async () => {
    const learn = async (isInterrupted: boolean): Promise<unknown> => {
      const backend = await openWasmBackend();
      const network = backend.createNetwork(small, learnedState(small, 1));
      const [kept, refused] = [randomAnchor(small, 2), randomAnchor(small, 3)];
      await network.learn({ ...randomBatch(small, 4), anchor: kept });
      if (isInterrupted) {
        const { allocate } = WasmHeap.prototype;
        let calls = 0;
        // The importances are there by then, the parameters are not.
        vi.spyOn(WasmHeap.prototype, 'allocate').mockImplementation(function (this: WasmHeap, bytes) {
          if (++calls === 2) throw new RangeError('no room');
          return allocate.call(this, bytes);
        });
        await expect(network.learn({ ...randomBatch(small, 5), anchor: refused })).rejects.toEqual(outOfMemory);
        vi.restoreAllMocks();
      }
      await network.learn({ ...randomBatch(small, 6), anchor: kept });
      const { parameters } = await network.state();
      backend.dispose();
      return parameters;
    };
    expect(await learn(true)).toEqual(await learn(false));
  });
});
