import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { ComputeBackend, NetworkSpec, OptimizerSpec } from '../../src/compute/compute.ts';
import { openBackend } from '../../src/compute/open-backend.ts';
import { openWebGpuBackend, type WebGpuComputeBackend } from '../../src/compute/webgpu/webgpu-backend.ts';
import { integers, type FusedProgram } from '../../src/compute/webgpu/programs.ts';
import { sharedTile } from '../../src/compute/webgpu/shared-product.ts';
import { gpuTiling, processorTiling } from '../../src/compute/webgpu/tiling.ts';
import { Rng } from '../../src/core/rng.ts';
import {
  largestDifference,
  learnedState,
  networkSpec,
  randomAnchor,
  randomBatch,
  randomVector,
  rehearsalBatch,
  tolerance,
} from './compute-fixtures.ts';
import { watchedGpu, type WatchedGpu } from './compute-watched-gpu.ts';

const failed = (reason: RegExp): unknown =>
  expect.objectContaining({
    code: 'COMPUTE_FAILED',
    details: expect.objectContaining({ reason: expect.stringMatching(reason) as unknown }) as unknown,
  });

const opened: ComputeBackend[] = [];
const openWatched = async (): Promise<{ backend: WebGpuComputeBackend; watched: WatchedGpu }> => {
  const watched = watchedGpu(navigator.gpu);
  const backend = await openWebGpuBackend(watched.gpu);
  opened.push(backend);
  return { backend, watched };
};
afterEach(() => {
  for (const backend of opened.splice(0)) backend.dispose();
});

const base = networkSpec('softmax-cross-entropy', 40);
const sgd: OptimizerSpec = { kind: 'sgd', learningRate: 0.05, momentum: 0, weightDecay: 0.01 };
const shaped = (
  inputSize: number,
  hiddenSizes: number[],
  outputSize: number,
  more: Partial<NetworkSpec> = {},
): NetworkSpec => ({
  ...base,
  ...{ inputSize, hiddenSizes, outputSize },
  ...more,
});

/** Sizes that are no multiples of anything, rows of scores that several threads share, and depths that are split. */
const shapes: readonly NetworkSpec[] = [
  shaped(5, [], 3),
  shaped(64, [64, 64], 10, { wide: false }),
  shaped(131, [70, 33, 65], 7, { loss: 'squared', optimizer: { ...sgd, momentum: 0.9 } }),
  shaped(67, [130], 75, { optimizer: { kind: 'adagrad', learningRate: 0.05, epsilon: 1e-8, weightDecay: 0.01 } }),
  shaped(300, [260, 2], 130, { wide: false, loss: 'logistic', optimizer: sgd }),
];

describe.each([
  ['a GPU', gpuTiling],
  ['a processor', processorTiling],
  ['much work on a GPU', { ...gpuTiling, product: () => sharedTile }],
] as const)('programs shared out for %s', (_, tiling) => {
  let cpu: ComputeBackend;
  let backend: ComputeBackend;
  beforeAll(async () => {
    cpu = await openBackend('cpu');
    backend = await openWebGpuBackend(navigator.gpu, tiling);
    return () => [cpu, backend].forEach((each) => each.dispose());
  });

  it.each(shapes.map((spec) => [[spec.inputSize, ...spec.hiddenSizes, spec.outputSize].join('-'), spec] as const))(
    'give what the cpu gives: %s',
    async (_name, spec) => {
      const state = learnedState(spec, 3);
      const [gpu, reference] = [backend, cpu].map((each) => each.createNetwork(spec, state)) as [
        ReturnType<ComputeBackend['createNetwork']>,
        ReturnType<ComputeBackend['createNetwork']>,
      ];
      for (const rows of [1, 3, 64, 70]) {
        const inputs = randomVector(Rng.fromSeed(rows), rows * spec.inputSize);
        const scores = [await gpu.predict(inputs, rows), await reference.predict(inputs, rows)] as const;
        expect(largestDifference(...scores)).toBeLessThan(tolerance);
      }
      for (const batch of [randomBatch(spec, 4), rehearsalBatch(spec, 5, 24)]) {
        const [mine, theirs] = [await gpu.gradients(batch), await reference.gradients(batch)];
        const scale = Math.max(1, theirs.loss);
        expect(Math.abs(mine.loss - theirs.loss)).toBeLessThan(tolerance * scale);
        expect(largestDifference(mine.gradients, theirs.gradients)).toBeLessThan(tolerance * scale);
        await Promise.all([gpu, reference].map((each) => each.learn({ ...batch, anchor: randomAnchor(spec, 6) })));
        expect(Math.abs((await gpu.lastLoss()) - theirs.loss)).toBeLessThan(tolerance * scale);
      }
      const [mine, theirs] = [await gpu.state(), await reference.state()];
      for (const part of ['parameters', 'firstMoment', 'secondMoment'] as const)
        expect(largestDifference(mine[part], theirs[part])).toBeLessThan(10 * tolerance);
      for (const network of [gpu, reference]) network.dispose();
    },
  );
});

describe('a training step', () => {
  it.each([
    [[], 3],
    [[64], 5],
    [[64, 64], 7],
    [[64, 64, 64], 9],
    [[64, 64, 64, 64], 11],
  ])('with hidden layers %j takes %i dispatches and one submission, and reads nothing back', async (sizes, count) => {
    const { backend, watched } = await openWatched();
    const spec = shaped(64, sizes, 10);
    const network = backend.createNetwork(spec, learnedState(spec, 1));
    const mapped = vi.spyOn(GPUBuffer.prototype, 'mapAsync');
    const before = watched.submits();
    for (let step = 0; step < 3; step++) await network.learn(randomBatch(spec, 2));
    expect(watched.dispatches()).toBe(3 * count);
    expect(watched.submits() - before).toBe(3);
    expect(mapped).not.toHaveBeenCalled();
    await network.lastLoss();
    expect(mapped.mock.contexts.map((buffer) => (buffer as GPUBuffer).size)).toEqual([4]);
    expect(watched.dispatches(), 'the loss is there already').toBe(3 * count);
    mapped.mockRestore();
  });

  it('of another shape needs no other pipelines', async () => {
    const { backend, watched } = await openWatched();
    const train = async (spec: NetworkSpec): Promise<void> => {
      const network = backend.createNetwork(spec, learnedState(spec, 1));
      await network.learn(randomBatch(spec, 2));
      await network.predict(new Float32Array(70 * spec.inputSize), 70);
      network.dispose();
    };
    await train(shaped(96, [40], 7));
    const first = watched.pipelines();
    expect(first).toBeGreaterThan(3);
    for (const sizes of [[50], [64, 48], [90, 80, 70]])
      await train(shaped(60 + sizes.length, sizes, 9, { batchSize: 24 }));
    expect(watched.pipelines()).toBe(first);
  });

  it('leaves the memory as it is, however many and mixed the calls', async () => {
    const { backend } = await openWatched();
    const spec = shaped(32, [24], 5, { batchSize: 8 });
    const network = backend.createNetwork(spec, learnedState(spec, 1));
    const inputs = new Float32Array(600 * spec.inputSize);
    const anchors = [randomAnchor(spec, 7), randomAnchor(spec, 8)];
    const mixed = async (count: number): Promise<void> => {
      for (let i = 0; i < count; i++) {
        const rows = 8 * (1 + (i % 4));
        await network.learn(
          i % 3 === 0
            ? { ...randomBatch(spec, i), anchor: anchors[i % 2]! }
            : rehearsalBatch(spec, i, rows === 32 ? 24 : rows),
        );
        const count = [1, 7, 20, 100, 600][i % 5]!;
        const prediction = network.predict(inputs.subarray(0, count * spec.inputSize), count);
        await Promise.all([prediction, i % 10 === 0 ? network.state() : network.lastLoss()]);
      }
    };
    await mixed(60);
    const warm = backend.memory();
    await mixed(600);
    expect(backend.memory()).toEqual(warm);
  });
});

describe('what cannot be made', () => {
  const broken: FusedProgram = {
    ...{ key: 'broken', inputs: [], uniforms: integers('length') },
    code: 'result[index] = not_a_function(uniforms.length);',
  };

  it('is an error where a shader does not compile, not zeros', async () => {
    const { backend } = await openWatched();
    const { tensors } = backend;
    const result = tensors.allocate(64);
    tensors.run(broken, [], { length: 64 }, result, 1);
    await expect(tensors.read(result)).rejects.toEqual(failed(/does not compile.*not_a_function/s));
    expect(await backend.lost).toMatch(/does not compile/);
    expect(() => backend.createNetwork(base, learnedState(base, 1))).toThrow(failed(/does not compile/));
  });

  it('is an error where a uniform is forgotten, not 0', async () => {
    const { tensors } = (await openWatched()).backend;
    expect(() => tensors.run(broken, [], {}, tensors.allocate(64), 1)).toThrow('broken is given no length');
  });

  it('is one of the step that first needs the shader', async () => {
    const { backend, watched } = await openWatched();
    const network = backend.createNetwork(base, learnedState(base, 1));
    const device = watched.device();
    const createShaderModule = device.createShaderModule.bind(device);
    device.createShaderModule = (descriptor) =>
      createShaderModule({ ...descriptor, code: descriptor.code.replaceAll('sqrt(', 'root_of(') });
    await expect(network.learn(randomBatch(base, 2))).rejects.toEqual(failed(/does not compile/));
  });

  it('is an error that says so where memory ends', async () => {
    const { backend, watched } = await openWatched();
    const device = watched.device();
    const popErrorScope = device.popErrorScope.bind(device);
    const push = vi.spyOn(device, 'pushErrorScope');
    device.popErrorScope = async () => {
      await popErrorScope();
      return push.mock.lastCall?.[0] === 'out-of-memory' ? new GPUOutOfMemoryError('no room') : null;
    };
    const network = backend.createNetwork(base, learnedState(base, 1));
    await expect(network.state()).rejects.toEqual(failed(/out of memory.*no room/));
    expect(await backend.lost).toMatch(/out of memory/);
  });

  it('is one too where the device says it of something else', async () => {
    const { backend, watched } = await openWatched();
    const error = new GPUOutOfMemoryError('a texture');
    watched.device().dispatchEvent(new GPUUncapturedErrorEvent('uncapturederror', { error }));
    expect(await backend.lost).toMatch(/out of memory: a texture/);
  });

  it('is refused where a buffer would be larger than the device allows', async () => {
    const { backend } = await openWatched();
    const { maxStorageBufferBindingSize } = backend.tensors.device.limits;
    expect(() => backend.tensors.allocate(maxStorageBufferBindingSize / 4 + 1)).toThrow(failed(/in one piece/));
    await backend.tensors.checked();
  });
});

describe('the device', () => {
  it('has the limits that the adapter offers', async () => {
    const { backend } = await openWatched();
    const adapter = await navigator.gpu.requestAdapter();
    const { limits } = backend.tensors.device;
    expect(limits.maxBufferSize).toBe(adapter!.limits.maxBufferSize);
    expect(limits.maxStorageBufferBindingSize).toBe(adapter!.limits.maxStorageBufferBindingSize);
  });

  it('is an ordinary one where more is refused', async () => {
    const described: unknown[] = [];
    const gpu = {
      async requestAdapter() {
        const adapter = (await navigator.gpu.requestAdapter())!;
        return {
          ...{ features: adapter.features, limits: adapter.limits, info: adapter.info },
          requestDevice: (descriptor?: GPUDeviceDescriptor) => {
            described.push(descriptor);
            return descriptor?.requiredLimits
              ? Promise.reject(new Error('too much'))
              : adapter.requestDevice(descriptor);
          },
        };
      },
    } as unknown as GPU;
    const backend = await openWebGpuBackend(gpu);
    opened.push(backend);
    expect(described).toHaveLength(2);
    await expect(
      backend.createNetwork(base, learnedState(base, 1)).predict(new Float32Array(96), 1),
    ).resolves.toHaveLength(7);
  });
});
