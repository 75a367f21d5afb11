import { parseArgs } from 'node:util';
import type { BackendName } from '../../src/compute/compute.ts';
import type { LearnerOptions } from '../../src/core/task.ts';
import { TendrilError } from '../../src/errors.ts';

export const usage = `Usage: npm run replay -- --data FILE.csv --target COLUMN [options]

Runs a table through the learner, row by row in its own order: predict first, then learn (progressive validation).

  --task classification   the kind of task (default, and the only one that replays)
  --data FILE             a .csv or .csv.gz file with a header line; an empty cell is a missing value
  --target COLUMN         the label
  --categorical A,B       columns whose values are names, even where they look like numbers
  --numeric A,B           columns in which every value must be a finite number
  --text A,B              columns of free text
  --ignore A,B            columns that are left out
                          other columns are numeric, or categorical where a value is not a number
  --delay N               the label of a row is learned after the prediction N rows later (default 0); the task is then declared with late labels
  --limit N               only the first N rows
  --shuffle N             the rows in an order drawn with seed N
  --seed N                seed of the learner (default 1)
  --runtime chromium|node the worker in headless Chromium with IndexedDB (default), or the same code in this process
  --backend cpu|wasm|webgpu   pins the compute backend (default: the one that the probe on this machine chooses)
  --hidden-size N, --hash-size N, --learning-rate X, --replay-size N, --replay-capacity N   settings of the learner
  --json                  one JSON object alone on standard output
  --help                  this text

Exit code: 0 done, 1 data or configuration that cannot be used, 2 wrong usage.`;

export interface ReplayOptions {
  readonly dataFile: string;
  readonly target: string;
  readonly categorical: readonly string[];
  readonly numeric: readonly string[];
  readonly text: readonly string[];
  readonly ignored: readonly string[];
  readonly delayRows: number;
  readonly limitRows: number;
  readonly shuffleSeed: number | null;
  readonly seed: number;
  readonly runtime: 'chromium' | 'node';
  /** `null`: let the probe choose. */
  readonly backend: BackendName | null;
  readonly learner: LearnerOptions;
  readonly json: boolean;
}

const text = { type: 'string' } as const;
const columns = { type: 'string', multiple: true } as const;
const flag = { type: 'boolean', default: false } as const;
const options = {
  task: { type: 'string', default: 'classification' },
  data: text,
  target: text,
  categorical: columns,
  numeric: columns,
  text: columns,
  ignore: columns,
  delay: text,
  limit: text,
  shuffle: text,
  seed: text,
  runtime: text,
  backend: text,
  'hidden-size': text,
  'hash-size': text,
  'learning-rate': text,
  'replay-size': text,
  'replay-capacity': text,
  json: flag,
  help: flag,
} as const;

const backendNames: readonly BackendName[] = ['cpu', 'wasm', 'webgpu'];
const largestSeed = 2 ** 31 - 1;

/** @returns `'help'` where that is asked for @throws INVALID_CONFIG for wrong usage */
export function parseReplayArguments(argv: readonly string[]): ReplayOptions | 'help' {
  const values = parseValues(argv);
  if (values.help) return 'help';
  oneOf('--task', values.task, ['classification']);
  return {
    dataFile: required('--data', values.data),
    target: required('--target', values.target),
    categorical: names(values.categorical),
    numeric: names(values.numeric),
    text: names(values.text),
    ignored: names(values.ignore),
    delayRows: integer('--delay', values.delay ?? '0', 0),
    limitRows: values.limit === undefined ? Infinity : integer('--limit', values.limit, 1),
    shuffleSeed: values.shuffle === undefined ? null : integer('--shuffle', values.shuffle, 0, largestSeed),
    seed: integer('--seed', values.seed ?? '1', 0, largestSeed),
    runtime: oneOf('--runtime', values.runtime ?? 'chromium', ['chromium', 'node']),
    backend: values.backend === undefined ? null : oneOf('--backend', values.backend, backendNames),
    learner: learnerOptions(values),
    json: values.json,
  };
}

function parseValues(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options, strict: true }).values;
  } catch (error) {
    throw wrongUsage(error instanceof Error ? error.message : String(error));
  }
}

function learnerOptions(values: ReturnType<typeof parseValues>): LearnerOptions {
  const given = {
    hiddenSize: optionalInteger('--hidden-size', values['hidden-size'], 0),
    hashSize: optionalInteger('--hash-size', values['hash-size'], 0),
    learningRate:
      values['learning-rate'] === undefined ? undefined : positive('--learning-rate', values['learning-rate']),
    replaySize: optionalInteger('--replay-size', values['replay-size'], 0),
    replayCapacity: optionalInteger('--replay-capacity', values['replay-capacity'], 0),
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

function required(option: string, value: string | undefined): string {
  if (value === undefined || value === '') throw wrongUsage(`${option} is missing`);
  return value;
}

function names(lists: readonly string[] | undefined): readonly string[] {
  return (lists ?? [])
    .flatMap((list) => list.split(','))
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

function optionalInteger(option: string, value: string | undefined, least: number): number | undefined {
  return value === undefined ? undefined : integer(option, value, least);
}

function integer(option: string, value: string, least: number, most: number = Number.MAX_SAFE_INTEGER): number {
  const number = Number(value);
  if (/^\d+$/.test(value) && number >= least && number <= most) return number;
  throw wrongUsage(`${option} takes a whole number of at least ${least}, not "${value}"`);
}

function positive(option: string, value: string): number {
  const number = Number(value);
  if (value.trim() !== '' && Number.isFinite(number) && number > 0) return number;
  throw wrongUsage(`${option} takes a positive number, not "${value}"`);
}

function oneOf<T extends string>(option: string, value: string, allowed: readonly T[]): T {
  const match = allowed.find((candidate) => candidate === value);
  if (match === undefined) throw wrongUsage(`${option} takes ${allowed.join(', ')}, not "${value}"`);
  return match;
}

function wrongUsage(reason: string): TendrilError {
  return new TendrilError('INVALID_CONFIG', { reason });
}
