import { describe, expect, test } from 'vitest';
import type { PartState, StateTensor } from '../../src/core/part-state.ts';
import { expectCode } from '../support/expect-code.ts';
import { accuracyOf, classifiers, learnAll, mixedRows, mixedShape, predictions } from './members-fixture.ts';

const train = mixedRows(500, 3, 1);
const held = mixedRows(200, 3, 2);
/** All names, or of many about thirty. */
const some = (names: readonly string[]): string[] =>
  names.filter((_, index) => index % Math.ceil(names.length / 30) === 0);

describe.each(Object.entries(classifiers))('%s', (_, create) => {
  const trained = (count = train.length) => {
    const model = create(mixedShape, 3);
    learnAll(model, train.slice(0, count));
    return model;
  };

  test('is uniform before it has learned', () => {
    const [before = []] = predictions(create(mixedShape, 3), held.slice(0, 1), 3);
    before.forEach((probability) => expect(probability).toBeCloseTo(1 / 3, 6));
  });

  test('learns what every kind of feature says', () => {
    expect(accuracyOf(trained(), held, 3)).toBeGreaterThan(0.75);
  });

  test('gives probabilities', () => {
    for (const probabilities of predictions(trained(40), held, 3)) {
      expect(probabilities.every((probability) => probability >= 0 && probability <= 1)).toBe(true);
      expect(probabilities.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 9);
    }
  });

  test('predicting changes nothing, and the same calls give the same bits', () => {
    const [asked, quiet] = [trained(60), trained(60)];
    predictions(asked, held, 3);
    for (const model of [asked, quiet]) learnAll(model, train.slice(60, 160));
    expect(predictions(asked, held, 3)).toEqual(predictions(quiet, held, 3));
    expect(asked.state()).toEqual(quiet.state());
  });

  test('a restored state goes on exactly', () => {
    const straight = trained(150);
    const restored = create(mixedShape, 3);
    restored.restore(structuredClone(straight.state()));
    expect(restored.state()).toEqual(straight.state());
    for (const model of [straight, restored]) learnAll(model, train.slice(150, 400));
    expect(predictions(restored, held, 3)).toEqual(predictions(straight, held, 3));
    expect(restored.state()).toEqual(straight.state());
  });

  test('a state is a copy', () => {
    const model = trained(100);
    const before = structuredClone(model.state());
    const state = model.state();
    for (const tensor of Object.values(state.tensors)) tensor.fill(0);
    expect(model.state()).toEqual(before);
  });

  test('makes room for more classes, and learns them', () => {
    const model = create(mixedShape, 2);
    learnAll(model, mixedRows(100, 2, 4));
    model.growClasses(10);
    const rows = mixedRows(100, 10, 5);
    expect(predictions(model, rows.slice(0, 1), 10)[0]?.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 9);
    learnAll(model, mixedRows(1500, 10, 6));
    expect(accuracyOf(model, rows, 10)).toBeGreaterThan(0.25);
    const restored = create(mixedShape, 2);
    restored.growClasses(10);
    restored.restore(model.state());
    expect(predictions(restored, rows, 10)).toEqual(predictions(model, rows, 10));
  });

  test('its memory does not grow with the stream', () => {
    const bytes = (state: PartState) =>
      Object.values(state.tensors).reduce((sum, { byteLength }) => sum + byteLength, 0);
    const model = trained(10);
    const before = bytes(model.state());
    learnAll(model, mixedRows(1500, 3, 7));
    expect(bytes(model.state())).toBe(before);
  });

  test('an example that weighs nothing leaves the predictions as they are', () => {
    const model = trained(100);
    const before = predictions(model, held.slice(0, 1), 3);
    for (let i = 0; i < 3; i++) model.learnOne(held[0]!.row, (held[0]!.label + 1) % 3, 0);
    const after = predictions(model, held.slice(0, 1), 3);
    after[0]!.forEach((probability, c) => expect(Math.abs(probability - before[0]![c]!)).toBeLessThan(0.1));
  });

  test('a damaged state is refused', async () => {
    const state = trained(100).state();
    const names = Object.keys(state.tensors);
    const damage = (name: string, tensor: StateTensor | undefined): PartState => {
      const tensors = { ...state.tensors };
      if (tensor) tensors[name] = tensor;
      else Reflect.deleteProperty(tensors, name);
      return { ...state, tensors };
    };
    for (const name of some(names)) {
      const tensor = state.tensors[name]!;
      const refused = (damaged: StateTensor | undefined) =>
        expectCode(() => create(mixedShape, 3).restore(damage(name, damaged)), 'CHECKPOINT_CORRUPT');
      await refused(undefined);
      await refused(new Uint8Array(tensor.length));
      await refused(new (tensor.constructor as typeof Float32Array)(tensor.length + 1));
      if (tensor.length > 0 && !(tensor instanceof Int32Array)) await refused(tensor.slice().fill(NaN));
    }
    for (const name of some(Object.keys(state.values))) {
      const damaged = { ...state, values: { ...state.values, [name]: 'x' } };
      await expectCode(() => create(mixedShape, 3).restore(damaged), 'CHECKPOINT_CORRUPT');
    }
  });
});
