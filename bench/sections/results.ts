import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import * as v from 'valibot';
import { fromRoot } from '../../scripts/lib/paths.mjs';
import { reasonOf, TendrilError } from '../../src/errors.ts';
import { writeFormatted } from '../learning/results.ts';

const finite = v.pipe(v.number(), v.finite());
export const figure = v.object({
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
  /** What the measured code ran in: one of the two, or parts of it in each. */
  browser: v.exactOptional(v.string()),
  node: v.exactOptional(v.string()),
  /** Of the sources that ran; `-dirty` where they differed from it. */
  commit: v.string(),
  figures: v.pipe(v.array(figure), v.readonly()),
});
const results = v.record(v.string(), sectionResult);

export type SectionResult = v.InferOutput<typeof sectionResult>;
/** By the key of the section. */
export type SectionResults = Readonly<Record<string, SectionResult>>;

/** @param file for the message only @throws INVALID_DATA for text that is not such a file */
export function parseSectionResults(text: string, file: string): SectionResults {
  try {
    return v.parse(results, JSON.parse(text));
  } catch (caught) {
    throw new TendrilError('INVALID_DATA', { reason: `${file}: ${reasonOf(caught)}` }, { cause: caught });
  }
}

/** Empty where nothing was ever measured. @param file from the root of the repository @throws INVALID_DATA */
export async function readSectionResults(file: string): Promise<SectionResults> {
  const path = fromRoot(file);
  return existsSync(path) ? parseSectionResults(await readFile(path, 'utf8'), file) : {};
}

/** Sorted by key, so that a new run changes only its own lines. */
export async function writeSectionResults(file: string, written: SectionResults): Promise<void> {
  const sorted = Object.entries(written).sort(([a], [b]) => (a < b ? -1 : 1));
  await writeFormatted(file, JSON.stringify(Object.fromEntries(sorted)));
}
