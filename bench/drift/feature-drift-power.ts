import { Rng } from '../../src/core/rng.ts';
import type { FeatureSchema, ParsedFeatures } from '../../src/core/task.ts';
import { FeatureDrift } from '../../src/monitor/distribution/feature-drift.ts';
import { quantile } from '../lib/quantile.ts';
import type { Figure } from '../sections/section.ts';
import type { RealRows } from './feature-drift-rows.ts';
import { table, tableRow, tableSchema } from './feature-drift-table.ts';

const REFERENCE = 1024;
const HORIZON = 2048;
/** Rows after the find at which is looked which features are named. */
const LATER = 512;
const RUNS = 40;

interface Move {
  readonly name: string;
  readonly schema: FeatureSchema;
  readonly row: (rng: Rng, moved: boolean) => ParsedFeatures;
  /** The one feature that moves; null where several do. */
  readonly feature: string | null;
}

interface Found {
  /** Rows after the move; Infinity where it was not found. */
  readonly delay: number;
  readonly named: readonly string[];
}

/** The move comes somewhere in a block: where it does decides how soon one has nothing else in it. */
function runOf({ schema, row }: Move, seed: number): Found {
  const [drift, rng] = [new FeatureDrift(schema), Rng.fromSeed(seed)];
  const before = REFERENCE + rng.nextInt(2048);
  for (let i = 0; i < before; i++) drift.update(row(rng, false));
  let delay = 1;
  while (delay <= HORIZON && !drift.update(row(rng, true))) delay++;
  if (delay > HORIZON) return { delay: Infinity, named: [] };
  for (let i = 0; i < LATER; i++) drift.update(row(rng, true));
  const named = drift.report().features.filter(({ drifted }) => drifted);
  return { delay, named: named.map(({ feature }) => feature) };
}

interface MoveResult {
  readonly move: Move;
  readonly runs: readonly Found[];
}

function delayFigure({ move, runs }: MoveResult): Figure {
  const delays = runs.map(({ delay }) => delay);
  const found = delays.filter((delay) => delay <= HORIZON);
  const median = quantile(delays, 0.5);
  return {
    what: `rows until found, median: ${move.name}`,
    // One that is not finite cannot be written down.
    value: Number.isFinite(median) ? median : HORIZON,
    unit: 'rows',
    note: `${Number.isFinite(median) ? '' : 'at least; '}found within ${HORIZON.toLocaleString('en-GB')}: ${percent(found.length / runs.length)}; within twice the median: ${percent(delays.filter((delay) => delay <= 2 * median).length / runs.length)}`,
  };
}

const percent = (share: number): string => `${Math.round(100 * share)} %`;

function attributionFigures(results: readonly MoveResult[]): Figure[] {
  const runs = results.flatMap(({ move: { feature }, runs: all }) => all.map((run) => ({ ...run, feature })));
  const found = runs.filter(({ feature, delay }) => feature !== null && delay <= HORIZON);
  const right = found.filter(({ feature, named }) => named.includes(feature ?? ''));
  const only = right.filter(({ named }) => named.length === 1);
  return [
    {
      what: `moves of one of ${Object.keys(tableSchema).length} features after which only it is named`,
      value: (100 * only.length) / found.length,
      unit: '%',
      goal: { atLeast: 95 },
      note: `${LATER} rows after the find; of ${found.length} finds, ${right.length} name it`,
    },
  ];
}

function tableMoves(): Move[] {
  return Object.entries(table).flatMap(([feature, { declaration, moves }]) =>
    Object.keys(moves).map((move) => ({
      name: `${declaration.type} (${feature}), ${move}`,
      schema: tableSchema,
      row: (rng: Rng, moved: boolean) => tableRow(rng, moved ? { feature, move } : undefined),
      feature,
    })),
  );
}

/** Both parts are drawn from at random: the first before, the second afterwards. */
function realMoves(real: readonly RealRows[]): Move[] {
  return real.map(({ name, schema, rows, split, isSecond }) => {
    const parts = [false, true].map((second) => rows.filter((_, i) => isSecond[i] === second));
    const row = (rng: Rng, moved: boolean): ParsedFeatures => {
      const part = parts[Number(moved)]!;
      return part[rng.nextInt(part.length)]!;
    };
    return { name: `${name}: ${split}`, schema, row, feature: null };
  });
}

export function powerFigures(real: readonly RealRows[]): Figure[] {
  const results = [...tableMoves(), ...realMoves(real)].map((move): MoveResult => ({
    move,
    runs: Array.from({ length: RUNS }, (_, run) => runOf(move, 300_007 + 17 * run)),
  }));
  return [...results.map(delayFigure), ...attributionFigures(results)];
}
