import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import * as v from 'valibot';
import { fromRoot } from '../../scripts/lib/paths.mjs';
import { reasonOf, TendrilError } from '../../src/errors.ts';
import { writeFormatted } from '../learning/results.ts';

export const RESULTS_FILE = 'bench/results/memory.json';

const finite = v.pipe(v.number(), v.finite());
const figure = v.object({
  what: v.string(),
  value: finite,
  unit: v.string(),
  goal: v.exactOptional(v.union([v.object({ atMost: finite }), v.object({ atLeast: finite })])),
  note: v.exactOptional(v.string()),
});
const sectionResult = v.object({
  title: v.string(),
  protocol: v.string(),
  machine: v.string(),
  browser: v.string(),
  /** Of the sources that ran; `-dirty` where they differed from it. */
  commit: v.string(),
  figures: v.pipe(v.array(figure), v.readonly()),
});
const results = v.record(v.string(), sectionResult);

export type SectionResult = v.InferOutput<typeof sectionResult>;
/** By the key of the section. */
export type MemoryResults = Readonly<Record<string, SectionResult>>;

/** @throws INVALID_DATA for text that is not such a file */
export function parseMemoryResults(text: string): MemoryResults {
  try {
    return v.parse(results, JSON.parse(text));
  } catch (caught) {
    throw new TendrilError('INVALID_DATA', { reason: `${RESULTS_FILE}: ${reasonOf(caught)}` }, { cause: caught });
  }
}

/** Empty where nothing was ever measured. @throws INVALID_DATA */
export async function readMemoryResults(): Promise<MemoryResults> {
  const file = fromRoot(RESULTS_FILE);
  return existsSync(file) ? parseMemoryResults(await readFile(file, 'utf8')) : {};
}

/** Sorted by key, so that a new run changes only its own lines. */
export async function writeMemoryResults(written: MemoryResults): Promise<void> {
  const sorted = Object.entries(written).sort(([a], [b]) => (a < b ? -1 : 1));
  await writeFormatted(RESULTS_FILE, JSON.stringify(Object.fromEntries(sorted)));
}
