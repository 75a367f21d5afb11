import type { Rng } from '../../../src/core/rng.ts';
import type { Features, FeatureSchemaInput, RankingTask } from '../../../src/core/task.ts';
import { bernoulli, range, sigmoid, type BanditEnvironment, type BanditWorld } from './environment.ts';

/** Worlds that the defaults of the ranking learner were tried on first; the news and mushroom figures were seen before the last choice between them. */

function ranking(context: FeatureSchemaInput, candidate: FeatureSchemaInput): RankingTask {
  return { id: 'bandit', kind: 'ranking', schema: { context, candidate }, exploration: { slots: 1 } };
}

const gaussians = (count: number, rng: Rng): number[] => range(count).map(() => rng.nextGaussian());
const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, x, i) => sum + x * b[i]!, 0);

/** Numbers describe the candidates; the reward is logistic in them. */
function dense(name: string, rounds: number, count: number, size: number, intercept: number): BanditEnvironment {
  return {
    name,
    open(rng): BanditWorld {
      const weights = gaussians(size, rng).map((weight) => (weight * 2) / Math.sqrt(size));
      const schema = Object.fromEntries(range(size).map((i) => [`x${i}`, 'numeric' as const]));
      return {
        task: ranking({}, schema),
        rounds,
        round(_, draws) {
          const items = range(count).map(() => gaussians(size, draws));
          const expected = items.map((item) => sigmoid(intercept + dot(item, weights)));
          const candidates = items.map((item): Features => Object.fromEntries(item.map((x, i) => [`x${i}`, x])));
          return { context: {}, candidates, expected, draw: bernoulli(expected) };
        },
      };
    },
  };
}

interface Categorical {
  readonly name: string;
  readonly rounds: number;
  readonly intercept: number;
  /** Spread of a candidate's own part of the score, and of its part with each context value. */
  readonly own: number;
  readonly crossed: number;
  /** Shares of the stream at which the taste is drawn anew. */
  readonly changes: readonly number[];
}

/** Two context categories of four values, twelve articles of four topics; tastes are drawn for articles, topics and their crosses. */
function categorical({ name, rounds, intercept, own, crossed, changes }: Categorical): BanditEnvironment {
  return {
    name,
    open(rng): BanditWorld {
      const tastes = range(changes.length + 1).map(() => ({
        article: gaussians(12, rng),
        crosses: range(2).map(() => range(4).map(() => gaussians(4, rng))),
      }));
      const candidates = range(12).map((article) => ({ article: `a${article}`, topic: `t${article % 4}` }));
      return {
        task: ranking(
          { daypart: 'categorical', device: 'categorical' },
          { article: 'categorical', topic: 'categorical' },
        ),
        rounds,
        round(index, draws) {
          const taste = tastes[changes.filter((share) => index >= share * rounds).length]!;
          const [daypart, device] = [draws.nextInt(4), draws.nextInt(4)];
          const expected = range(12).map((article) => {
            const topic = article % 4;
            const crosses = taste.crosses[0]![daypart]![topic]! + taste.crosses[1]![device]![topic]!;
            return sigmoid(intercept + own * taste.article[article]! + crossed * crosses);
          });
          const context = { daypart: `d${daypart}`, device: `v${device}` };
          return { context, candidates, expected, draw: bernoulli(expected) };
        },
      };
    },
  };
}

/** Each of six visitors likes one of nine things, nearly always; at half of the stream half of them change to another. */
function favourites(name: string, rounds: number, flip: number, changed: boolean): BanditEnvironment {
  return {
    name,
    open(rng): BanditWorld {
      const before = range(6).map(() => rng.nextInt(9));
      const after = before.map((thing, visitor) => (visitor % 2 === 0 ? (thing + 1 + rng.nextInt(8)) % 9 : thing));
      const candidates = range(9).map((thing) => ({ thing: `k${thing}` }));
      return {
        task: ranking({ visitor: 'categorical' }, { thing: 'categorical' }),
        rounds,
        round(index, draws) {
          const visitor = draws.nextInt(6);
          const liked = (changed && index >= rounds / 2 ? after : before)[visitor]!;
          const expected = candidates.map((_, thing) => (thing === liked ? 1 - flip : flip));
          return { context: { visitor: `p${visitor}` }, candidates, expected, draw: bernoulli(expected) };
        },
      };
    },
  };
}

/** A safe choice with a sure reward, and a risky one that is worth it in some contexts only: ten categories of three values tell which. */
const risky: BanditEnvironment = {
  name: 'risky',
  open(rng): BanditWorld {
    const weights = range(10).map(() => gaussians(3, rng));
    const context = Object.fromEntries(range(10).map((i) => [`c${i}`, 'categorical' as const]));
    const candidates = [{ choice: 'safe' }, { choice: 'risky' }];
    return {
      task: ranking(context, { choice: 'categorical' }),
      rounds: 1500,
      round(_, draws) {
        const values = range(10).map(() => draws.nextInt(3));
        const good = values.reduce((sum, value, i) => sum + weights[i]![value]!, 0) > 0;
        const expected = [0.8, good ? 1 : 0.5];
        return {
          context: Object.fromEntries(values.map((value, i) => [`c${i}`, `v${value}`])),
          candidates,
          expected,
          draw: (choice, chance) => (choice === 0 ? 0.8 : good || chance.nextFloat() < 0.5 ? 1 : 0),
        };
      },
    };
  },
};

export const syntheticBandits: readonly BanditEnvironment[] = [
  dense('dense', 1000, 10, 8, -1),
  dense('many', 500, 50, 16, -2),
  categorical({ name: 'categorical', rounds: 2000, intercept: -1, own: 0.7, crossed: 0.7, changes: [] }),
  categorical({ name: 'drift', rounds: 4000, intercept: -1, own: 0.7, crossed: 0.7, changes: [0.33, 0.67] }),
  categorical({ name: 'rare', rounds: 4000, intercept: -4.5, own: 0.7, crossed: 0.7, changes: [] }),
  favourites('favourites', 1500, 0.02, false),
  favourites('favourites change', 3000, 0.02, true),
  risky,
];
