import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { format, resolveConfig } from 'prettier';
import * as v from 'valibot';
import { fromRoot } from '../../scripts/lib/paths.mjs';
import { reasonOf, TendrilError } from '../../src/errors.ts';

export const RESULTS_FILE = 'bench/results/learning.json';

const finite = v.pipe(v.number(), v.finite());
const list = <T extends v.GenericSchema>(entry: T) => v.pipe(v.array(entry), v.readonly());
const cost = v.object({ predictUs: finite, learnUs: finite, stateBytes: finite });
const spread = v.object({ mean: finite, standardDeviation: v.nullable(finite), values: list(finite) });
const method = v.object({
  method: v.string(),
  metrics: v.record(v.string(), spread),
  cost: v.exactOptional(cost),
  note: v.exactOptional(v.string()),
});
const benchmarkResult = v.object({
  title: v.string(),
  seeds: list(finite),
  machine: v.string(),
  node: v.string(),
  /** Of the sources that ran; `-dirty` where they differed from it. */
  commit: v.string(),
  /** Processes at a time: costs of more than one are not comparable. */
  jobs: finite,
  methods: list(method),
});
const results = v.record(v.string(), benchmarkResult);

export type BenchmarkResult = v.InferOutput<typeof benchmarkResult>;
/** By the key of the benchmark. */
export type LearningResults = Readonly<Record<string, BenchmarkResult>>;

/** `added` replaces the whole of what was there of its benchmark; keys are sorted, so that a new run changes only its own lines. */
export function mergeResults(known: LearningResults, added: LearningResults): LearningResults {
  const merged = { ...known, ...added };
  return Object.fromEntries(Object.entries(merged).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** @throws INVALID_DATA for text that is not such a file */
export function parseResults(text: string): LearningResults {
  try {
    return v.parse(results, JSON.parse(text));
  } catch (caught) {
    throw new TendrilError('INVALID_DATA', { reason: `${RESULTS_FILE}: ${reasonOf(caught)}` }, { cause: caught });
  }
}

/** Empty where nothing was ever measured. @throws INVALID_DATA */
export async function readResults(): Promise<LearningResults> {
  const file = fromRoot(RESULTS_FILE);
  return existsSync(file) ? parseResults(await readFile(file, 'utf8')) : {};
}

export async function writeResults(written: LearningResults): Promise<void> {
  await writeFormatted(RESULTS_FILE, JSON.stringify(written));
}

/** As `npm run format` would leave it. @param name relative to the root */
export async function writeFormatted(name: string, text: string): Promise<void> {
  const filepath = fromRoot(name);
  await mkdir(dirname(filepath), { recursive: true });
  await writeFile(filepath, await format(text, { ...(await resolveConfig(filepath)), filepath }));
}
