import { parseArgs } from 'node:util';
import { TendrilError } from '../../../src/errors.ts';

export const usage = `Usage: npm run bench:learning [-- options]

Runs every learning benchmark with each of its seeds, each run in a process of its own, and writes bench/results/learning.json and the
tables in bench/README.md.

  --only KEY,KEY   these benchmarks; results of the others stay as they are
  --seeds 1,2      these seeds, for a quick look: implies --dry-run
  --jobs N         processes at a time (default 1, because costs are timed)
  --dry-run        prints the tables instead of writing anything
  --table          runs nothing: writes the tables anew, from the results that are there
  --list           keys, seeds and data files of all benchmarks
  --help           this text

Data is read from TENDRIL_DATA (default ../shared/data); a benchmark whose files are missing is skipped.
Exit code: 0 done (goals missed included), 1 a run failed, 2 wrong usage.`;

export interface LearningArguments {
  readonly action: 'run' | 'table' | 'list' | 'help';
  /** null: all. */
  readonly only: readonly string[] | null;
  /** null: those of each benchmark. */
  readonly seeds: readonly number[] | null;
  readonly jobs: number;
  readonly dryRun: boolean;
}

const options = {
  only: { type: 'string' },
  seeds: { type: 'string' },
  jobs: { type: 'string', default: '1' },
  'dry-run': { type: 'boolean', default: false },
  table: { type: 'boolean', default: false },
  list: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

/** @throws INVALID_CONFIG for wrong usage */
export function parseLearningArguments(argv: readonly string[]): LearningArguments {
  const values = parseValues(argv);
  const seeds = values.seeds === undefined ? null : list(values.seeds).map((seed) => integer('--seeds', seed, 0));
  return {
    action: actionOf(values),
    only: values.only === undefined ? null : list(values.only),
    seeds,
    jobs: integer('--jobs', values.jobs, 1),
    dryRun: values['dry-run'] || seeds !== null,
  };
}

function parseValues(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options, strict: true }).values;
  } catch (error) {
    throw wrongUsage(error instanceof Error ? error.message : String(error));
  }
}

function actionOf({ help, list, table }: ReturnType<typeof parseValues>): LearningArguments['action'] {
  if (help) return 'help';
  if (list) return 'list';
  return table ? 'table' : 'run';
}

function list(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

function integer(option: string, text: string, least: number): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(number) && number >= least) return number;
  throw wrongUsage(`${option} takes whole numbers of at least ${String(least)}, not "${text}"`);
}

function wrongUsage(reason: string): TendrilError {
  return new TendrilError('INVALID_CONFIG', { reason });
}
