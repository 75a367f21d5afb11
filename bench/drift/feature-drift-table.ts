import type { Rng } from '../../src/core/rng.ts';
import type { FeatureDeclaration, FeatureSchema, ParsedFeatures, ParsedValue } from '../../src/core/task.ts';

/** A feature with the law of its values, and ways in which it may move. */
export interface DriftingFeature {
  readonly declaration: FeatureDeclaration;
  readonly still: (rng: Rng) => ParsedValue;
  /** What has moved, to the law afterwards. */
  readonly moves: Readonly<Record<string, (rng: Rng) => ParsedValue>>;
}

const numeric = { type: 'numeric' } as const;
const categorical = { type: 'categorical' } as const;

/** Exponential with mean 1. */
const exponential = (rng: Rng): number => -Math.log(1 - rng.nextFloat());
const gamma3 = (rng: Rng): number => exponential(rng) + exponential(rng) + exponential(rng);
const student3 = (rng: Rng): number => {
  const squares = [0, 0, 0].reduce((sum) => sum + rng.nextGaussian() ** 2, 0);
  return rng.nextGaussian() / Math.sqrt(squares / 3);
};
/** Two humps, of which the first has this share; a deviation of about 1. */
const humps = (rng: Rng, first: number): number => (rng.nextFloat() < first ? -0.9 : 0.9) + 0.43 * rng.nextGaussian();
/** How often a coin is thrown until it shows heads. */
const geometric = (rng: Rng, heads: number): number => Math.floor(Math.log(1 - rng.nextFloat()) / Math.log(1 - heads));
/** Draws indices with these weights. */
function drawer(weights: readonly number[]): (rng: Rng) => number {
  let sum = 0;
  const upTo = weights.map((weight) => (sum += weight));
  return (rng) => {
    const at = rng.nextFloat() * sum;
    let [low, high] = [0, upTo.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (upTo[middle]! <= at) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}

/** Ranks with weights 1 / (rank + 2). */
const fromLongTail = drawer(Array.from({ length: 400 }, (_, rank) => 1 / (rank + 2)));
const fromFive = drawer([40, 30, 20, 9, 1]);
const fromFiveMoved = drawer([90, 30, 20, 9, 1]);
const name = (prefix: string, index: number): string => `${prefix}${String(index)}`;
const words = (rng: Rng, count: number, topic: number): string =>
  Array.from({ length: count }, () => {
    const isTopic = rng.nextFloat() < topic;
    return name(isTopic ? 'topic' : 'word', fromLongTail(rng));
  }).join(' ');
const entries = (rng: Rng, shares: readonly number[]): string[] =>
  shares.flatMap((share, index) => (rng.nextFloat() < share ? [name('tag', index)] : []));
const tags = [0.5, 0.3, 0.2, 0.2, 0.1, 0.05, 0.02, 0.01];
const vector = (rng: Rng, length: number, shift: number): number[] =>
  Array.from({ length }, (_, index) => shift * (index % 2 === 0 ? 1 : -1) + exponential(rng) - 1);

/** Laws and moves that no threshold was chosen on: those were normal, lognormal, Cauchy, uniform and Zipf laws, and moves of them. */
export const table: Readonly<Record<string, DriftingFeature>> = {
  gamma: {
    declaration: numeric,
    still: gamma3,
    moves: {
      'mean + 1 deviation': (rng) => gamma3(rng) + Math.sqrt(3),
      'mean + ½ deviation': (rng) => gamma3(rng) + Math.sqrt(3) / 2,
      'mean + ¼ deviation': (rng) => gamma3(rng) + Math.sqrt(3) / 4,
    },
  },
  student: { declaration: numeric, still: student3, moves: { 'spread × 2': (rng) => 2 * student3(rng) } },
  humps: {
    declaration: numeric,
    still: (rng) => humps(rng, 0.5),
    moves: { 'one hump 50 → 75 %': (rng) => humps(rng, 0.75) },
  },
  counts: {
    declaration: numeric,
    still: (rng) => geometric(rng, 0.6),
    moves: { 'mean ⅔ → 1½': (rng) => geometric(rng, 0.4) },
  },
  partlyKnown: {
    declaration: numeric,
    still: (rng) => (rng.nextFloat() < 0.1 ? null : gamma3(rng)),
    moves: { 'missing 10 → 30 %': (rng) => (rng.nextFloat() < 0.3 ? null : gamma3(rng)) },
  },
  constant: { declaration: numeric, still: () => 1, moves: {} },
  fiveValues: {
    declaration: categorical,
    still: (rng) => name('value', fromFive(rng)),
    moves: {
      'most frequent 40 → 60 %': (rng) => name('value', fromFiveMoved(rng)),
      'a new value, 10 %': (rng) => (rng.nextFloat() < 0.1 ? 'unseen' : name('value', fromFive(rng))),
    },
  },
  flag: {
    declaration: categorical,
    still: (rng) => String(rng.nextFloat() < 0.02),
    moves: { 'true 2 → 10 %': (rng) => String(rng.nextFloat() < 0.1) },
  },
  longTail: { declaration: categorical, still: (rng) => name('id', fromLongTail(rng)), moves: {} },
  tags: {
    declaration: { type: 'multi-hot' },
    still: (rng) => entries(rng, tags),
    moves: { 'one entry 20 → 40 %': (rng) => entries(rng, [0.5, 0.3, 0.4, ...tags.slice(3)]) },
  },
  text: {
    declaration: { type: 'text' },
    still: (rng) => words(rng, 2 + geometric(rng, 0.15), 0),
    moves: {
      'half of the words new': (rng) => words(rng, 2 + geometric(rng, 0.15), 0.5),
      'mean length 8 → 16': (rng) => words(rng, 2 + geometric(rng, 0.07), 0),
    },
  },
  vector: {
    declaration: { type: 'embedding', size: 32 },
    still: (rng) => vector(rng, 32, 0),
    moves: { 'every number ± ½ deviation': (rng) => vector(rng, 32, 0.5) },
  },
};

export const tableSchema: FeatureSchema = Object.fromEntries(
  Object.entries(table).map(([feature, { declaration }]) => [feature, declaration]),
);

/** A row, in which one feature may have moved. */
export function tableRow(rng: Rng, moved?: { readonly feature: string; readonly move: string }): ParsedFeatures {
  return Object.fromEntries(
    Object.entries(table).map(([feature, { still, moves }]) => {
      const law = moved?.feature === feature ? moves[moved.move] : undefined;
      return [feature, (law ?? still)(rng)];
    }),
  );
}
