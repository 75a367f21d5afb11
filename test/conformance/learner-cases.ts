import { describe, expect, it } from 'vitest';
import { Rng } from '../../src/core/rng.ts';
import type { FeatureSchemaInput, Features } from '../../src/core/task.ts';
import { expectCode } from '../support/expect-code.ts';

/** A model of any kind as the suite sees it. */
export interface ConformingModel {
  learn(lesson: Lesson): void | Promise<void>;
  /** What it answers, as numbers: probabilities in the order of the classes, a reward, or a value. */
  predict(input: Features): readonly number[] | Promise<readonly number[]>;
  /** Everything that learning changed, as plain data. */
  state(): unknown;
  dispose?(): void;
}

export interface Lesson {
  readonly input: Features;
  /** Index of the class, below {@link classCount}. */
  readonly label: number;
  /** The same thing as a number in [0, 1]. */
  readonly value: number;
  readonly weight: number;
}

export interface Conforming {
  readonly name: string;
  readonly answers: 'probabilities' | 'value';
  /** @param state as {@link ConformingModel.state} gave it, after structured cloning; none for a model that knows nothing */
  open(seed: number, state?: unknown): ConformingModel | Promise<ConformingModel>;
  /** Ways of damaging a state that it has to notice; every one must give CHECKPOINT_CORRUPT. */
  readonly damaged?: (state: unknown) => readonly unknown[];
  /** A yardstick that looks at no feature, and so learns nothing of this stream. */
  readonly isBaseline?: boolean;
  /** Lessons of a test, as a share of the usual number; for backends that are slow where the tests run. */
  readonly effort?: number;
  /** Largest difference of predictions where the same bits are not promised (WebGPU). */
  readonly tolerance?: number;
}

export const classCount = 3;
export const conformanceSchema = {
  a: 'numeric',
  b: 'numeric',
  colour: 'categorical',
  tags: 'multi-hot',
  vector: { type: 'embedding', size: 2 },
} as const satisfies FeatureSchemaInput;

const colours = ['red', 'green', 'blue'];

/** Points whose class is the colour where `a` is above 0, and the sign of `b` elsewhere. */
export function lessons(count: number, seed = 1): Lesson[] {
  const rng = Rng.fromSeed(seed);
  return Array.from({ length: count }, () => {
    const [a, b, colour] = [rng.nextGaussian(), rng.nextGaussian(), rng.nextInt(classCount)];
    const label = a > 0 ? colour : b > 0 ? 1 : 0;
    const tags = rng.nextFloat() < 0.5 ? ['x'] : ['x', 'y'];
    const input = { a, b, colour: colours[colour]!, tags, vector: [a + b, a - b] };
    return { input, label, value: label / (classCount - 1), weight: 1 };
  });
}

/** Inputs that a page may give: values that are missing, categories never met, wild numbers. */
const oddInputs: readonly Features[] = [
  {},
  { a: null, b: null, colour: null, tags: null, vector: null },
  { a: 1e30, b: -1e30, colour: 'red', tags: [], vector: [1e6, -1e6] },
  { a: 0, b: 0, colour: 'a colour that was never seen', tags: ['x', 'z', 'new'], vector: [0, 0] },
];

const inputs = lessons(10, 99).map(({ input }) => input);

/** What every model has to do, whatever it is and wherever it runs. */
export function describeLearner(conforming: Conforming): void {
  const { answers, isBaseline = false, tolerance = 0, effort = 1 } = conforming;
  const some = (count: number, seed = 1): Lesson[] => lessons(Math.ceil(effort * count), seed);

  async function answersOf(model: ConformingModel, given: readonly Features[] = inputs): Promise<number[][]> {
    const all: number[][] = [];
    for (const input of given) all.push([...(await model.predict(input))]);
    return all;
  }
  function expectSame(actual: number[][], expected: number[][]): void {
    if (tolerance === 0) expect(actual).toEqual(expected);
    else actual.flat().forEach((value, at) => expect(Math.abs(value - expected.flat()[at]!)).toBeLessThan(tolerance));
  }
  async function learned(steps: readonly Lesson[], seed = 1, state?: unknown): Promise<ConformingModel> {
    const model = await conforming.open(seed, state);
    for (const lesson of steps) await model.learn(lesson);
    return model;
  }

  describe(`learner: ${conforming.name}`, { timeout: 60_000 }, () => {
    it('answers before it has learned, without a preference', async () => {
      const model = await conforming.open(1);
      for (const answer of await answersOf(model)) {
        expect(answer.every(Number.isFinite)).toBe(true);
        if (answers === 'probabilities') for (const p of answer) expect(p).toBeCloseTo(1 / classCount, 6);
      }
      model.dispose?.();
    });

    it.skipIf(isBaseline)('learns what there is to learn', async () => {
      const steps = some(400);
      const model = await learned(steps);
      let [error, baseline] = [0, 0];
      for (const { input, label, value } of lessons(200, 7)) {
        const answer = [...(await model.predict(input))];
        if (answers === 'probabilities') {
          error += 1 - answer[label]!;
          baseline += 1 - 1 / classCount;
        } else {
          error += (answer[0]! - value) ** 2;
          baseline += (0.5 - value) ** 2;
        }
      }
      expect(error).toBeLessThan(0.9 * baseline);
      model.dispose?.();
    });

    it('gives probabilities that add up to 1, also for odd inputs, and finite answers', async () => {
      const model = await learned(some(60));
      for (const answer of await answersOf(model, [...inputs, ...oddInputs])) {
        expect(answer.every(Number.isFinite)).toBe(true);
        if (answers !== 'probabilities') continue;
        expect(answer.every((p) => p >= 0 && p <= 1)).toBe(true);
        expect(answer.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 5);
      }
      model.dispose?.();
    });

    it('goes on after odd inputs were learned', async () => {
      const odd = oddInputs.map((input, index) => ({ input, label: index % classCount, value: 0.5, weight: 1 }));
      const model = await learned([...odd, ...some(100), ...odd, ...some(20, 3)]);
      for (const answer of await answersOf(model)) expect(answer.every(Number.isFinite)).toBe(true);
      model.dispose?.();
    });

    it('changes nothing by predicting', async () => {
      const [asked, silent] = [await learned(some(40)), await learned(some(40))];
      await answersOf(asked, [...inputs, ...oddInputs]);
      for (const model of [asked, silent]) for (const lesson of some(20, 5)) await model.learn(lesson);
      expectSame(await answersOf(asked), await answersOf(silent));
      for (const model of [asked, silent]) model.dispose?.();
    });

    it('learns the same from features in another order, and leaves them as they are', async () => {
      const steps = some(50);
      const backwards = steps.map(({ input, ...rest }) => ({
        ...rest,
        input: Object.freeze(Object.fromEntries(Object.entries(input).reverse())),
      }));
      const copy = structuredClone(backwards);
      const [model, other] = [await learned(steps), await learned(backwards)];
      expectSame(await answersOf(other), await answersOf(model));
      expect(backwards).toEqual(copy);
      for (const each of [model, other]) each.dispose?.();
    });

    it('is the same for the same seed and the same lessons', async () => {
      const [model, twin] = [await learned(some(80), 3), await learned(some(80), 3)];
      expectSame(await answersOf(twin), await answersOf(model));
      if (tolerance === 0) expect(await twin.state()).toEqual(await model.state());
      for (const each of [model, twin]) each.dispose?.();
    });

    it('goes on from its state as if it had never stopped', async () => {
      const [first, second] = [some(90), some(60, 2)];
      const model = await learned(first);
      const stored = structuredClone(await model.state());
      const resumed = await learned([], 1, stored);
      expectSame(await answersOf(resumed), await answersOf(model));
      for (const lesson of second) {
        await model.learn(lesson);
        await resumed.learn(lesson);
      }
      expectSame(await answersOf(resumed), await answersOf(model));
      if (tolerance === 0) expect(await resumed.state()).toEqual(await model.state());
      for (const each of [model, resumed]) each.dispose?.();
    });

    it('gives a state that later learning does not change', async () => {
      const model = await learned(some(40));
      const stored = await model.state();
      const copy = structuredClone(stored);
      for (const lesson of some(40, 2)) await model.learn(lesson);
      expect(stored).toEqual(copy);
      model.dispose?.();
    });

    const { damaged } = conforming;
    if (!damaged) return;
    it('refuses a damaged state', async () => {
      const model = await learned(some(60));
      const variants = damaged(structuredClone(await model.state()));
      expect(variants.length).toBeGreaterThan(0);
      for (const variant of variants) await expectCode(() => conforming.open(1, variant), 'CHECKPOINT_CORRUPT');
      model.dispose?.();
    });
  });
}
