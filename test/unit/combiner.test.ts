import { expect, test } from 'vitest';
import { Rng } from '../../src/core/rng.ts';
import { Combiner } from '../../src/learners/combiner.ts';
import { expectCode } from '../support/expect-code.ts';

/** Members: one that knows (right in nine of ten), one that guesses, one that is certain of the wrong class. */
function members(label: number, rng: Rng): Float64Array {
  const knows = rng.nextFloat() < 0.9 ? label : 1 - label;
  const guess = rng.nextFloat();
  return Float64Array.from([...certain(knows, 0.9), guess, 1 - guess, ...certain(1 - label, 1)]);
}
const certain = (label: number, p: number): number[] => (label === 0 ? [p, 1 - p] : [1 - p, p]);

function learned(count: number, seed: number): Combiner {
  const [rng, combiner] = [Rng.fromSeed(seed), new Combiner(3, 2)];
  for (let i = 0; i < count; i++) {
    const label = rng.nextInt(2);
    combiner.learnOne(members(label, rng), label, 1);
  }
  return combiner;
}

test('before it has learned, members that agree are believed and unknown ones are uniform', () => {
  const out = new Float64Array(2);
  new Combiner(2, 2).predictProba(Float64Array.from([0.9, 0.1, 0.9, 0.1]), out);
  expect(out[0]).toBeGreaterThan(0.8);
  new Combiner(2, 2).predictProba(Float64Array.from([0.5, 0.5, 0.5, 0.5]), out);
  expect([...out]).toEqual([0.5, 0.5]);
});

test('finds the member that knows, beside one that guesses and one that is certain and wrong', () => {
  const combiner = learned(500, 1);
  const rng = Rng.fromSeed(2);
  const out = new Float64Array(2);
  let [right, loss] = [0, 0];
  for (let i = 0; i < 1000; i++) {
    const label = rng.nextInt(2);
    combiner.predictProba(members(label, rng), out);
    if (out[label]! > 0.5) right++;
    loss -= Math.log(out[label]!);
  }
  expect(right / 1000).toBeGreaterThan(0.88);
  // What the member that knows has itself.
  expect(loss / 1000).toBeLessThan(0.37);
});

test('makes an overconfident member honest', () => {
  const [rng, combiner, out] = [Rng.fromSeed(3), new Combiner(1, 2), new Float64Array(2)];
  const say = (label: number) => Float64Array.from(certain(rng.nextFloat() < 0.7 ? label : 1 - label, 0.999));
  for (let i = 0; i < 2000; i++) {
    const label = rng.nextInt(2);
    combiner.learnOne(say(label), label, 1);
  }
  combiner.predictProba(Float64Array.from([0.999, 0.001]), out);
  expect(out[0]).toBeGreaterThan(0.6);
  expect(out[0]).toBeLessThan(0.85);
});

test('a member that denies classes which are not seen lately gains nothing by it', () => {
  const [rng, combiner, out] = [Rng.fromSeed(4), new Combiner(2, 4), new Float64Array(4)];
  const phase = (classes: readonly number[], count: number) => {
    for (let i = 0; i < count; i++) {
      const label = classes[rng.nextInt(classes.length)]!;
      const fair = [0, 1, 2, 3].map((c) => (c === label ? 0.7 : 0.1));
      const denier = [0, 1, 2, 3].map((c) => (classes.includes(c) ? 0.499 : 0.001));
      combiner.learnOne(Float64Array.from([...fair, ...denier]), label, 1);
    }
  };
  phase([0, 1], 300);
  phase([2, 3], 300);
  combiner.predictProba(Float64Array.from([0.7, 0.1, 0.1, 0.1, 0.001, 0.001, 0.499, 0.499]), out);
  expect(out.indexOf(Math.max(...out))).toBe(0);
});

test('members that remember decide on absent classes, and a present class keeps what they leave', () => {
  const [rng, combiner, out] = [Rng.fromSeed(6), new Combiner(2, 4, [1]), new Float64Array(4)];
  const phase = (classes: readonly number[]) => {
    for (let i = 0; i < 300; i++) {
      const label = classes[rng.nextInt(2)]!;
      const forgets = [0, 1, 2, 3].map((c) => (c === label ? 0.97 : 0.01));
      const remembers = [0, 1, 2, 3].map((c) => (c === label ? 0.4 : 0.2));
      combiner.learnOne(Float64Array.from([...forgets, ...remembers]), label, 1);
    }
  };
  phase([0, 1]);
  phase([2, 3]);
  combiner.predictProba(Float64Array.from([0, 0, 0.5, 0.5, 0.9, 0, 0.05, 0.05]), out);
  expect(out[0]).toBeCloseTo(0.9, 6);
  combiner.predictProba(Float64Array.from([0, 0, 1, 0, 0.05, 0.05, 0.5, 0.4]), out);
  expect(out[0]! + out[1]!).toBeCloseTo(0.1, 6);
  expect(out[2]).toBeGreaterThan(0.8);
});

test('makes room for classes and goes on from a state', async () => {
  const combiner = learned(100, 5);
  combiner.growClasses(3);
  const [out, again] = [new Float64Array(3), new Float64Array(3)];
  const probabilities = Float64Array.from([0.1, 0.1, 0.8, 0.2, 0.2, 0.6, 0.3, 0.3, 0.4]);
  const restored = new Combiner(3, 3);
  restored.restore(structuredClone(combiner.state()));
  for (const one of [combiner, restored]) one.learnOne(probabilities, 2, 1);
  combiner.predictProba(probabilities, out);
  restored.predictProba(probabilities, again);
  expect(again).toEqual(out);
  expect(restored.state()).toEqual(combiner.state());
  expect(out.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
  await expectCode(() => new Combiner(4, 3).restore(combiner.state()), 'CHECKPOINT_CORRUPT');
  expect([3, 4].map((count) => new Combiner(count, 3).fits(combiner.state()))).toEqual([true, false]);
});
