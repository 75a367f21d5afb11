import { describe, expect, it } from 'vitest';
import { initialState } from '../../src/compute/fresh-network-state.ts';
import { openBackend } from '../../src/compute/open-backend.ts';
import { parameterCount, parameterLayout } from '../../src/compute/parameter-layout.ts';
import { resizeOutputs } from '../../src/compute/resize-outputs.ts';
import { Rng } from '../../src/core/rng.ts';
import { learnedState, networkSpec, randomVector } from '../conformance/compute-fixtures.ts';

const spec = networkSpec('softmax-cross-entropy', 40);

describe('initialState', () => {
  it('has the length of the network and has taken no step', () => {
    const wide = 96 * 7 + 7;
    for (const [each, count] of [
      [spec, wide + 97 * 40 + 40 * 7],
      [networkSpec('squared', 0), wide],
    ] as const) {
      const state = initialState(each, Rng.fromSeed(1));
      expect(parameterCount(each)).toBe(count);
      expect(state.parameters).toHaveLength(count);
      expect(state.firstMoment).toEqual(new Float32Array(count));
      expect(state.secondMoment).toEqual(new Float32Array(count));
      expect(state.step).toBe(0);
    }
  });

  it('draws the hidden weights with the variance 2 / inputSize and leaves the rest at zero', () => {
    const [layer] = parameterLayout(spec).hidden;
    const { weight: hiddenWeight, bias: hiddenBias } = layer!;
    const { parameters } = initialState(spec, Rng.fromSeed(2));
    const hidden = parameters.subarray(hiddenWeight, hiddenBias);
    const variance = hidden.reduce((sum, value) => sum + value * value, 0) / hidden.length;
    expect(variance).toBeCloseTo(2 / spec.inputSize, 3);
    expect(parameters.subarray(0, hiddenWeight).every((value) => value === 0)).toBe(true);
    expect(parameters.subarray(hiddenBias).every((value) => value === 0)).toBe(true);
  });

  it('depends on the seed alone', () => {
    expect(initialState(spec, Rng.fromSeed(3))).toEqual(initialState(spec, Rng.fromSeed(3)));
    expect(initialState(spec, Rng.fromSeed(3))).not.toEqual(initialState(spec, Rng.fromSeed(4)));
  });

  it('starts with equal scores for every output', async () => {
    const backend = await openBackend('cpu');
    const network = backend.createNetwork(spec, initialState(spec, Rng.fromSeed(5)));
    const scores = await network.predict(randomVector(Rng.fromSeed(6), spec.inputSize), 1);
    expect(scores).toEqual(new Float32Array(spec.outputSize));
    backend.dispose();
  });
});

describe('resizeOutputs', () => {
  it('keeps the scores of the old outputs and starts the new ones at zero', async () => {
    const backend = await openBackend('cpu');
    for (const hiddenSize of [0, 40]) {
      const narrow = networkSpec('softmax-cross-entropy', hiddenSize);
      const state = learnedState(narrow, 7);
      const wider = resizeOutputs(narrow, state, 10);
      expect(wider.spec).toEqual({ ...narrow, outputSize: 10 });
      expect(wider.state.step).toBe(state.step);
      const inputs = randomVector(Rng.fromSeed(8), narrow.inputSize);
      const before = await backend.createNetwork(narrow, state).predict(inputs, 1);
      const after = await backend.createNetwork(wider.spec, wider.state).predict(inputs, 1);
      expect(Array.from(after)).toEqual([...before, 0, 0, 0]);
    }
    backend.dispose();
  });

  it('keeps the moments at the place of their parameters', () => {
    const state = learnedState(spec, 9);
    const tagged = { ...state, firstMoment: state.parameters.slice(), secondMoment: state.parameters.slice() };
    const { state: wider } = resizeOutputs(spec, tagged, 12);
    expect(wider.firstMoment).toEqual(wider.parameters);
    expect(wider.secondMoment).toEqual(wider.parameters);
  });

  it('refuses to drop outputs', () => {
    expect(() => resizeOutputs(spec, learnedState(spec, 9), 3)).toThrow(RangeError);
  });
});
