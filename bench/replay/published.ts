import { readFile } from 'node:fs/promises';
import * as v from 'valibot';
import { fromRoot } from '../../scripts/lib/paths.mjs';

const accuracies = v.object({ elec2: v.number(), phishing: v.number(), bananas: v.number() });
const published = v.object({
  source: v.object({ repository: v.string(), commit: v.string(), file: v.string(), measure: v.string() }),
  baseline: v.string(),
  models: v.array(v.object({ model: v.string(), accuracy: accuracies })),
});
export type Published = v.InferOutput<typeof published>;

/** Figures that River's authors measured and published; nothing in them was run here. */
export async function readPublished(): Promise<Published> {
  return v.parse(published, JSON.parse(await readFile(fromRoot('bench/published/river.json'), 'utf8')));
}
