import { describe, expect, it } from 'vitest';
import { Rng } from '../../src/core/rng.ts';
import { AnalyticClassifier } from '../../src/learners/analytic/analytic-classifier.ts';
import { GatedClassifier } from '../../src/learners/concepts/gated-classifier.ts';
import type { Row } from '../../src/learners/row.ts';
import { expectCode } from '../support/expect-code.ts';

const SIZE = 24;
const shape = { rawSize: SIZE, denseSize: SIZE, hashSize: 0 };
const open = (byteBudget?: number): GatedClassifier => {
  const shared = new AnalyticClassifier({ shape, classes: 2, seed: 1, featureCount: 64 });
  return new GatedClassifier({ shape, classes: 2, shared, ...(byteBudget !== undefined && { byteBudget }) });
};

interface Labelled {
  readonly row: Row;
  readonly label: number;
}

/**
 * Two classes, told apart by the first numbers. Half of the numbers vary and half stay near 0; a context is another order of them, and in
 * every second one the classes change places.
 */
function inContext(context: number, count: number, seed: number): Labelled[] {
  const order = Rng.fromSeed(1000 + context).shuffle(Array.from({ length: SIZE }, (_, i) => i));
  const rng = Rng.fromSeed(seed);
  return Array.from({ length: count }, () => {
    const side = rng.nextInt(2);
    const plain = Array.from({ length: SIZE }, (_, i) =>
      i < SIZE / 2 ? 2 + (i < 4 ? 1.5 * (2 * side - 1) : 0) + rng.nextGaussian() : 0.1 * rng.nextGaussian(),
    );
    const dense = Float32Array.from(order, (place) => plain[place]!);
    const row = { raw: dense, dense, indices: new Int32Array(0), values: new Float32Array(0) };
    return { row, label: context % 2 === 0 ? side : 1 - side };
  });
}

function learnAll(model: GatedClassifier, stream: readonly Labelled[]): GatedClassifier {
  for (const { row, label } of stream) model.learnOne(row, label, 1);
  return model;
}

function accuracy(model: GatedClassifier, stream: readonly Labelled[]): number {
  const out = new Float64Array(2);
  const right = stream.filter(({ row, label }) => {
    model.predictProbaOne(row, out);
    return (out[1]! > out[0]! ? 1 : 0) === label;
  });
  return right.length / stream.length;
}

describe('GatedClassifier', () => {
  it('opens a concept for every context, knows it again, and forgets none', () => {
    const model = open();
    const contexts = [0, 1, 2, 3, 4];
    for (const context of contexts) learnAll(model, inContext(context, 400, context));
    expect(model.conceptCount).toBe(contexts.length);
    learnAll(model, inContext(1, 100, 90));
    expect(model.conceptCount, 'a context that comes back').toBe(contexts.length);
    for (const context of contexts) {
      expect(accuracy(model, inContext(context, 200, 50 + context)), `context ${context}`).toBeGreaterThan(0.93);
    }
  });

  it('stays at one concept, and gives the answers of the shared model, on a stream that drifts slowly or has wild rows', () => {
    const model = open();
    const shared = new AnalyticClassifier({ shape, classes: 2, seed: 1, featureCount: 64 });
    const stream = inContext(0, 3000, 7);
    const [out, expected] = [new Float64Array(2), new Float64Array(2)];
    stream.forEach(({ row, label }, time) => {
      for (let i = 0; i < SIZE; i++) row.dense[i]! += time / 3000 + (time % 50 === 0 ? 40 : 0);
      model.predictProbaOne(row, out);
      shared.predictProbaOne(row, expected);
      expect(out).toEqual(expected);
      model.learnOne(row, label, 1);
      shared.learnOne(row, label, 1);
    });
    expect(model.conceptCount).toBe(1);
  });

  it('stays at one concept when new classes come in turns', () => {
    const model = open();
    const stream = inContext(0, 1200, 8);
    learnAll(
      model,
      stream.filter(({ label }) => label === 0),
    );
    learnAll(
      model,
      stream.filter(({ label }) => label === 1),
    );
    expect(model.conceptCount).toBe(1);
    expect(accuracy(model, inContext(0, 300, 9))).toBeGreaterThan(0.95);
  });

  it('keeps to its bytes', () => {
    const one = 4 * (2 * SIZE + 2 * (SIZE + 1));
    const model = open(2 * one);
    for (const context of [0, 1, 2, 3]) learnAll(model, inContext(context, 200, context));
    expect(model.conceptCount).toBe(2);
  });

  it('goes on from its state with the same bits, in the middle of a run too', () => {
    const stream = [...inContext(0, 300, 10), ...inContext(1, 300, 11), ...inContext(2, 100, 12)];
    for (const cut of [250, 307, 320, 610]) {
      const model = learnAll(open(), stream.slice(0, cut));
      const restored = open();
      restored.restore(structuredClone(model.state()));
      learnAll(model, stream.slice(cut));
      learnAll(restored, stream.slice(cut));
      expect(restored.state()).toEqual(model.state());
    }
  });

  it('learns classes that come later', () => {
    const model = learnAll(open(), [...inContext(0, 200, 13), ...inContext(1, 200, 14)]);
    model.growClasses(3);
    const { row } = inContext(1, 1, 15)[0]!;
    for (let i = 0; i < 200; i++) model.learnOne(row, 2, 1);
    const out = new Float64Array(3);
    model.predictProbaOne(row, out);
    expect(out.indexOf(Math.max(...out))).toBe(2);
    expect(out.reduce((a, b) => a + b)).toBeCloseTo(1, 9);
  });

  it('refuses a damaged state', async () => {
    const { tensors, values } = learnAll(open(), inContext(0, 60, 16)).state();
    const damaged = [
      { tensors, values: { ...values, 'own.concepts': 0 } },
      { tensors, values: { ...values, 'own.concepts': 2 } },
      { tensors, values: { ...values, 'own.runLength': 99 } },
      { tensors: { ...tensors, 'concept0.signature.mean': new Float32Array(2) }, values },
    ];
    for (const state of damaged) await expectCode(() => open().restore(state), 'CHECKPOINT_CORRUPT');
  });
});
