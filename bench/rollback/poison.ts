import { quantile } from '../lib/quantile.ts';
import type { Figure, FigureSection } from '../sections/section.ts';
import { inChildren, type ChildJob } from './poison-children.ts';
import type { Arm, ArmFigures } from './poison-run.ts';
import { AFTER, CLEAN, POISONED, poisons, type Poison } from './poison-world.ts';

/** Of each poison; the runs of all of them are {@link RUNS}. */
const RUNS_OF_EACH = 20;
const RUNS = RUNS_OF_EACH * poisons.length;
/** Kinds of classification, which take turns with every seed: each meets each poison equally often. */
const STREAMS = 4;

const armNames: Readonly<Record<Arm, string>> = {
  gated: 'gate and rollback',
  continuous: 'rollback alone',
  unguarded: 'neither',
};

type World = 'classification' | 'ranking';

const meanings: Readonly<Record<World, Readonly<Record<Poison, string>>>> = {
  classification: {
    inverted: 'every label is the other one',
    forged: 'every label is the same',
    shifted: 'a feature in another unit, where it decides too',
    'shifted in the log': 'a feature in another unit, only where it learns',
    flooded: 'one input with the wrong label, again and again',
  },
  ranking: {
    inverted: 'what was clicked was not, and the reverse',
    forged: 'clicks on a topic that nobody likes',
    shifted: 'a feature in another unit, where it decides too',
    'shifted in the log': 'a feature in another unit, only where it learns',
    flooded: 'every click on one item that nobody likes',
  },
};

function figuresOf(world: World, runs: readonly ArmFigures[]): readonly Figure[] {
  const of = (poison: Poison | null, arm: Arm) => runs.filter((run) => run.poison === poison && run.arm === arm);
  const all = (['gated', 'continuous', 'unguarded'] as const).flatMap((arm) =>
    badAndLost(
      `all, ${armNames[arm]}`,
      runs.filter((run) => run.poison !== null && run.arm === arm),
    ),
  );
  const poisoned = poisons.flatMap((poison) =>
    (['gated', 'continuous', 'unguarded'] as const).flatMap((arm) => {
      const name = `${poison}, ${armNames[arm]}`;
      return badAndLost(name, of(poison, arm), arm === 'gated' ? meanings[world][poison] : undefined);
    }),
  );
  const clean = (['gated', 'continuous'] as const).map((arm) =>
    lostFigure(`no poison, ${armNames[arm]}`, of(null, arm), 'nothing is fed back in the bad time'),
  );
  return [...all, ...poisoned, ...clean];
}

function badAndLost(name: string, runs: readonly ArmFigures[], meaning?: string): readonly Figure[] {
  const bad = runs.map((run) => run.bad);
  const after = runs.flatMap(({ rolledBackAfter }) => rolledBackAfter ?? []);
  const back =
    after.length === 0 ? 'no run went back' : `${text((100 * after.length) / runs.length)} % of runs went back`;
  const when = after.length === 0 ? [] : [`at visit ${text(quantile(after, 0.5))} (median)`];
  const left = `${text(
    quantile(
      runs.map((run) => run.left),
      0.5,
    ),
  )} bad experiences stay learned`;
  return [
    {
      what: `${name}: decisions by a bad version`,
      value: quantile(bad, 0.5),
      unit: 'decisions (median)',
      note: [`worst ${text(Math.max(...bad))}`, back, ...when, left, ...(meaning ? [meaning] : [])].join('; '),
    },
    lostFigure(name, runs),
  ];
}

function lostFigure(name: string, runs: readonly ArmFigures[], meaning?: string): Figure {
  const lost = runs.map((run) => 100 * run.lost);
  const all = (POISONED + AFTER) / 100;
  const median = quantile(lost, 0.5);
  const worst = Math.max(...lost);
  return {
    what: `${name}: reward lost a decision`,
    value: median,
    unit: '% (median)',
    note: [
      `worst ${text(worst)} %; ${text(median * all)} and ${text(worst * all)} decisions' worth in all`,
      ...(meaning ? [meaning] : []),
    ].join('; '),
  };
}

function text(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(1);
}

async function measure(world: World): Promise<readonly Figure[]> {
  const jobs = Array.from({ length: RUNS }, (_, index): ChildJob => {
    const poison = poisons[Math.floor(index / STREAMS) % poisons.length]!;
    return { kind: 'poison', world, seed: index + 1, poisons: [poison] };
  });
  const results = await inChildren(jobs);
  return figuresOf(
    world,
    results.flatMap((result) => (result.kind === 'poison' ? result.figures : [])),
  );
}

const protocol = `${String(CLEAN)} visits, ${String(POISONED)} whose feedback is poisoned, ${String(AFTER)} more, with seeds 1 to ${String(RUNS)}, ${String(RUNS_OF_EACH)} of each poison, and the real worker with its storage in memory. Decisions are judged by the truth. The oracle learns whatever comes at once, like “neither”, and passes the bad time over; a loss below 0 is less than the oracle's. A decision is a bad version's where the version that answered has learned poison and is not rid of it, and the mean quality of the 41 decisions around is more than 0.1 below the oracle's: twice the standard error of such a mean.`;

export const poisonedClassification: FigureSection = {
  key: 'poisoned-classification',
  title: 'Poisoned feedback: a live classification',
  protocol: `A plane in three dimensions, SEA, rings and Agrawal in turn. ${protocol}`,
  measure: () => measure('classification'),
};

export const poisonedRanking: FigureSection = {
  key: 'poisoned-ranking',
  title: 'Poisoned feedback: a live ranking',
  protocol: `24 candidates of 8 topics, three visitors of different taste, three places that are looked at with chances 1, 0.6 and 0.4; quality is the expected clicks of the order beside those of the best one. ${protocol}`,
  measure: () => measure('ranking'),
};
