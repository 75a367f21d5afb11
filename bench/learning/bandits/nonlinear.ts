import type { Rng } from '../../../src/core/rng.ts';
import type { Features, RankingTask } from '../../../src/core/task.ts';
import { bernoulli, range, sigmoid, type BanditEnvironment, type BanditWorld } from './environment.ts';

/** Worlds in which no linear model of the features can tell the best candidate. */

const ROUNDS = 2000;
const gaussians = (count: number, rng: Rng): number[] => range(count).map(() => rng.nextGaussian());
const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, x, i) => sum + x * b[i]!, 0);

function numeric(prefix: string, count: number): Record<string, 'numeric'> {
  return Object.fromEntries(range(count).map((i) => [`${prefix}${i}`, 'numeric' as const]));
}

function numbers(prefix: string, values: readonly number[]): Features {
  return Object.fromEntries(values.map((value, i) => [`${prefix}${i}`, value]));
}

function world(
  contextSize: number,
  itemSize: number,
  count: number,
  expectedOf: (context: readonly number[], item: readonly number[]) => number,
): BanditWorld {
  const schema: RankingTask['schema'] = { context: numeric('c', contextSize), candidate: numeric('x', itemSize) };
  return {
    task: { id: 'bandit', kind: 'ranking', schema, exploration: { slots: 1 } },
    rounds: ROUNDS,
    round(_, draws) {
      const context = gaussians(contextSize, draws);
      const items = range(count).map(() => gaussians(itemSize, draws));
      const expected = items.map((item) => expectedOf(context, item));
      return {
        context: numbers('c', context),
        candidates: items.map((item) => numbers('x', item)),
        expected,
        draw: bernoulli(expected),
      };
    },
  };
}

/** The reward is logistic in a random network of one hidden layer over the candidate's numbers. */
const teacher: BanditEnvironment = {
  name: 'teacher',
  open(rng) {
    const [inputs, units] = [8, 12];
    const hidden = range(units).map(() => gaussians(inputs, rng).map((weight) => weight * Math.sqrt(2 / inputs)));
    const output = gaussians(units, rng).map((weight) => (3 * weight) / Math.sqrt(units));
    const rectified = (item: readonly number[]): number[] => hidden.map((row) => Math.max(0, dot(row, item)));
    return world(0, inputs, 10, (_, item) => sigmoid(-1.5 + dot(output, rectified(item))));
  },
};

/** What matters is whether the first two of the candidate's four numbers agree with the context's two: products of numbers. */
const products: BanditEnvironment = {
  name: 'products',
  open() {
    return world(2, 4, 8, (context, item) => sigmoid(-1 + 1.5 * dot(context, item)));
  },
};

/** Candidates near a ring around the middle are good, those inside and outside are not. */
const ring: BanditEnvironment = {
  name: 'ring',
  open() {
    return world(0, 4, 10, (_, item) => sigmoid(2 - 6 * Math.abs(Math.hypot(...item.slice(0, 2)) - 1.2)));
  },
};

export const nonlinearBandits: readonly BanditEnvironment[] = [teacher, products, ring];
