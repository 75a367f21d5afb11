import { describe, expect, it } from 'vitest';
import type { Network } from '../../src/compute/compute.ts';
import { openCpuBackend } from '../../src/compute/cpu/cpu-backend.ts';
import { splitBackend } from '../../src/compute/split-backend.ts';
import { learnedState, networkSpec, randomBatch } from '../conformance/compute-fixtures.ts';
import { openInNode } from '../conformance/compute-open-in-node.ts';

const spec = networkSpec('softmax-cross-entropy', 8);
const state = learnedState(spec, 1);

describe('a split backend', () => {
  it('is the backend itself where both are one', () => {
    const cpu = openCpuBackend();
    expect(splitBackend(cpu, cpu)).toBe(cpu);
  });

  it('learns on the one and predicts on the other what was learned by then, in the order of the calls', async () => {
    const [cpu, wasm] = [openCpuBackend(), await openInNode('wasm')];
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

  it('is lost with either', async () => {
    const cpu = openCpuBackend();
    const gone = { ...openCpuBackend(), lost: Promise.resolve('unplugged') };
    expect(await splitBackend(cpu, gone).lost).toBe('unplugged');
    expect(await splitBackend(gone, cpu).lost).toBe('unplugged');
  });
});
