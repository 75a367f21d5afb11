import { describe, expect, it, vi } from 'vitest';
import type { Network } from '../../src/compute/compute.ts';
import { openCpuBackend } from '../../src/compute/cpu/cpu-backend.ts';
import { openBackend } from '../../src/compute/open-backend.ts';
import { splitBackend } from '../../src/compute/split-backend.ts';
import { learnedState, networkSpec, randomBatch } from '../conformance/compute-fixtures.ts';

const spec = networkSpec('softmax-cross-entropy', 8);
const state = learnedState(spec, 1);
const failure = expect.objectContaining({ code: 'COMPUTE_FAILED' });

describe('a split backend', () => {
  it('is the backend itself where both are one', () => {
    const cpu = openCpuBackend();
    expect(splitBackend(cpu, cpu)).toBe(cpu);
  });

  it('learns on the one and predicts on the other what was learned by then, in the order of the calls', async () => {
    const [cpu, wasm] = [openCpuBackend(), await openBackend('wasm')];
    const both = splitBackend(cpu, wasm);
    expect(both).toMatchObject({ name: 'cpu', deviceKey: `cpu+${wasm.deviceKey}` });
    const [network, alone] = [both.createNetwork(spec, state), wasm.createNetwork(spec, state)];
    const inputs = randomBatch(spec, 2).inputs.slice(0, 3 * spec.inputSize);
    // None is waited for: a prediction comes before, between and after the steps.
    const calls = async (of: Network) => {
      const answers = [of.predict(inputs, 3)];
      for (const seed of [3, 4]) {
        void of.learn(randomBatch(spec, seed));
        answers.push(of.predict(inputs, 3));
      }
      return Promise.all(answers);
    };
    const [own, expected] = [await calls(network), await calls(alone)];
    own.forEach((scores, index) => {
      scores.forEach((score, at) => expect(score).toBeCloseTo(expected[index]![at]!, 4));
    });
    expect(own[1]).not.toEqual(own[0]);
    expect(await network.state()).toEqual(await alone.state());
    expect(await network.lastLoss()).toBe(await alone.lastLoss());
    alone.dispose();
    both.dispose();
    expect([cpu.memory().bytesAllocated, wasm.memory().tensors]).toEqual([0, 0]);
    wasm.dispose();
  });

  it('leaves nothing behind where one of the two cannot be made', async () => {
    const [cpu, wasm] = [openCpuBackend(), await openBackend('wasm')];
    wasm.dispose();
    for (const parts of [
      [cpu, wasm],
      [wasm, cpu],
    ] as const)
      expect(() => splitBackend(...parts).createNetwork(spec, state)).toThrow(failure);
    expect(cpu.memory().bytesAllocated).toBe(0);
  });

  it('leaves nothing behind where it is disposed while the weights are taken over, whenever that is', async () => {
    const inputs = randomBatch(spec, 2).inputs.slice(0, spec.inputSize);
    for (let ticks = 0; ticks < 12; ticks++) {
      const parts = [openCpuBackend(), openCpuBackend()] as const;
      const network = splitBackend(...parts).createNetwork(spec, state);
      void network.learn(randomBatch(spec, 3));
      const predictions = [network.predict(inputs, 1), network.predict(inputs, 1)];
      for (let tick = 0; tick < ticks; tick++) await Promise.resolve();
      network.dispose();
      const [first, second] = await Promise.all(predictions);
      expect(second).toEqual(first);
      expect(parts.map((part) => part.memory().bytesAllocated)).toEqual([0, 0]);
    }
  });

  it('takes the weights over once more where that failed', async () => {
    const [cpu, other] = [openCpuBackend(), openCpuBackend()];
    const network = splitBackend(cpu, other).createNetwork(spec, state);
    const inputs = randomBatch(spec, 2).inputs.slice(0, spec.inputSize);
    const before = await network.predict(inputs, 1);
    await network.learn(randomBatch(spec, 3));
    const created = vi.spyOn(cpu, 'createNetwork').mockImplementationOnce(() => {
      throw new Error('no room');
    });
    const both = [network.predict(inputs, 1), network.predict(inputs, 1)];
    for (const prediction of both) await expect(prediction).rejects.toThrow('no room');
    const after = await network.predict(inputs, 1);
    expect(created).toHaveBeenCalledTimes(2);
    expect(after).not.toEqual(before);
  });

  it('is lost with either', async () => {
    const cpu = openCpuBackend();
    const gone = { ...openCpuBackend(), lost: Promise.resolve('unplugged') };
    expect(await splitBackend(cpu, gone).lost).toBe('unplugged');
    expect(await splitBackend(gone, cpu).lost).toBe('unplugged');
  });
});
