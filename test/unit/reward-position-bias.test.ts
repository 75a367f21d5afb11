import { describe, expect, it } from 'vitest';
import { Rng } from '../../src/core/rng.ts';
import { PositionBias } from '../../src/learners/reward/position-bias.ts';
import { expectCode } from '../support/expect-code.ts';
import { range } from './reward-fixtures.ts';

const RELEVANCES = [0.6, 0.3, 0.2, 0.1, 0.05, 0.4];

/** Shuffled lists and their clicks; each candidate's relevance is learned as the mean of its weighted rewards, as a model would. */
function learnLogs(
  bias: PositionBias,
  lists: number,
  click: (relevances: readonly number[], rng: Rng) => boolean[],
): number[] {
  const rng = Rng.fromSeed(1);
  const sums = RELEVANCES.map(() => [0.3, 1]);
  const learned = (): number[] => sums.map(([clicks, seen]) => clicks! / seen!);
  for (let list = 0; list < lists; list++) {
    const order = rng.shuffle(range(RELEVANCES.length));
    const clicked = click(
      order.map((item) => RELEVANCES[item]!),
      rng,
    );
    const relevances = order.map((item) => learned()[item]!);
    const weights = bias.weights(relevances, clicked);
    bias.learnOne(relevances, clicked);
    order.forEach((item, place) => {
      sums[item]![0]! += clicked[place] ? weights[place]! : 0;
      sums[item]![1]! += weights[place]!;
    });
  }
  return learned();
}

describe('PositionBias', () => {
  it('finds how often each place is looked at, and with it how relevant the candidates are', () => {
    const truth = [1, 0.7, 0.5, 0.35, 0.25, 0.15];
    const bias = new PositionBias({ model: 'position', places: 6, memory: 20_000 });
    const learned = learnLogs(bias, 20_000, (relevances, rng) =>
      relevances.map((relevance, place) => rng.nextFloat() < relevance * truth[place]!),
    );
    truth.forEach((chance, place) => expect(Math.abs(bias.examination(place) - chance)).toBeLessThan(0.08));
    RELEVANCES.forEach((relevance, item) => expect(Math.abs(learned[item]! - relevance)).toBeLessThan(0.07));
  });

  it('finds the relevances of lists that are read from the top until the first click', () => {
    const bias = new PositionBias({ model: 'cascade', places: 6 });
    const learned = learnLogs(bias, 10_000, (relevances, rng) => {
      const at = relevances.findIndex((relevance) => rng.nextFloat() < relevance);
      return relevances.map((_, place) => place === at);
    });
    RELEVANCES.forEach((relevance, item) => expect(Math.abs(learned[item]! - relevance)).toBeLessThan(0.04));
    range(6).forEach((place) => expect(bias.examination(place)).toBeGreaterThan(0.85));
  });

  it('with the cascade, takes what lies above a click as seen and what lies below as not', () => {
    const bias = new PositionBias();
    expect([...bias.weights([0.2, 0.2, 0.2, 0.2], [false, true, false, false])]).toEqual([1, 1, 0, 0]);
  });

  it('without a click, believes less in places further down, and less where a click was likely', () => {
    const bias = new PositionBias({ model: 'position' });
    const weights = bias.weights([0.2, 0.2, 0.2, 0.9], [false, false, false, false]);
    expect(weights[0]).toBe(1);
    expect(weights[1]).toBeLessThan(weights[0]!);
    expect(weights[2]).toBeLessThan(weights[1]!);
    expect(weights[3]).toBeLessThan(weights[2]! / 2);
  });

  it('keeps every weight within [0, 1] whatever it is told', () => {
    const bias = new PositionBias({ model: 'position', places: 3 });
    for (let list = 0; list < 500; list++) bias.learnOne([0, 2, -1, NaN], [true, true, false, true]);
    const weights = [...bias.weights([0, 5, -2], [false, false, false])];
    expect(weights.every((weight) => weight >= 0 && weight <= 1)).toBe(true);
    expect(range(10).every((place) => bias.examination(place) >= 0.02 && bias.examination(place) <= 1)).toBe(true);
  });

  it('continues exactly from a state, and refuses a damaged one', async () => {
    const bias = new PositionBias({ places: 4 });
    bias.learnOne([0.5, 0.2], [false, true]);
    const restored = new PositionBias({ places: 4 });
    restored.restore(bias.state());
    for (const one of [bias, restored]) one.learnOne([0.1, 0.3, 0.4], [false, false, true]);
    expect(restored.state()).toEqual(bias.state());
    const damaged = { ...bias.state(), tensors: { ...bias.state().tensors, clicks: new Float64Array(4).fill(-1) } };
    await expectCode(() => restored.restore(damaged), 'CHECKPOINT_CORRUPT');
  });
});
