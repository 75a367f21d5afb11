import { readFileSync } from 'node:fs';
import { DEFAULT_METHOD, type LearningBenchmark, type MethodResult } from './benchmark.ts';
import { readClicks } from './wikispeedia/games.ts';
import { HitRates } from './wikispeedia/hit-rates.ts';
import { baselines, learned, type Ranker } from './wikispeedia/rankers.ts';
import { scenes } from './wikispeedia/scenes.ts';
import { readSite } from './wikispeedia/site.ts';

const CATEGORIES = 'wikispeedia/categories.tsv';
const LINKS = 'wikispeedia/links.tsv';
const PATHS = 'wikispeedia/paths_unfinished.tsv';
/** The features were chosen on these; they are learned, and reported apart. */
const WARM_UP = 2000;
/** A prefix of the 91,413 clicks, so that five seeds take minutes. */
const CLICKS = 10_000;

function rankers(seed: number): Ranker[] {
  return [
    learned(DEFAULT_METHOD, seed),
    learned('Greedy', seed, { exploration: { kind: 'greedy' }, floor: 0, budget: null }),
    // They depend on no seed, and cost little.
    ...baselines(),
  ];
}

export const wikispeedia: LearningBenchmark = {
  key: 'wikispeedia',
  title: 'Next click on Wikispeedia paths',
  protocol:
    `Test-then-train along the first ${CLICKS} clicks of the abandoned games, in order of time: the links of the current page but the target are ranked (about 60), ` +
    'given the target; then the click is learned, with 8 of the other links as passed over. Visitors look for a target, and these are the games that they gave up, so none of them ' +
    `clicks on it. The features were chosen on the first ${WARM_UP} clicks, the warm-up; the hit rates are those of the clicks after it. Seeds change what is explored and ` +
    'which links are passed over, not the clicks.',
  files: [CATEGORIES, LINKS, PATHS],
  seeds: [1, 2, 3, 4, 5],
  goals: [],
  published: [],
  async run(seed, { dataFile }): Promise<readonly MethodResult[]> {
    const read = (file: string) => readFileSync(dataFile(file), 'utf8');
    const site = readSite(read(CATEGORIES), read(LINKS));
    const all = rankers(seed).map((ranker) => ({ ranker, hits: new HitRates(WARM_UP, CLICKS) }));
    let index = 0;
    for (const scene of scenes(readClicks(read(PATHS), site), site, CLICKS)) {
      for (const { ranker, hits } of all) hits.update(ranker.step(scene, index).indexOf(scene.chosen));
      index += 1;
    }
    return all.map(({ ranker, hits }) => ({ method: ranker.method, metrics: hits.get() }));
  },
};
