import { resolve } from 'node:path';
import { fromRoot } from '../../scripts/lib/paths.mjs';

export interface BenchmarkStream {
  readonly key: 'elec2' | 'phishing' | 'bananas';
  readonly title: string;
  /** Inside the data folder. */
  readonly file: string;
  readonly target: string;
  /** Seeds of the learner on the stream's own order. */
  readonly seeds: readonly number[];
  /** Short streams are also replayed in orders drawn with these seeds: one order alone says little. */
  readonly shuffleSeeds: readonly number[];
}

const five = [1, 2, 3, 4, 5];

export const benchmarkStreams: readonly BenchmarkStream[] = [
  {
    key: 'elec2',
    title: 'Elec2',
    file: 'elec2/electricity_full.csv.gz',
    target: 'class',
    seeds: five,
    shuffleSeeds: [],
  },
  {
    key: 'phishing',
    title: 'Phishing',
    file: 'phishing/phishing.csv.gz',
    target: 'is_phishing',
    seeds: five,
    shuffleSeeds: five,
  },
  { key: 'bananas', title: 'Bananas', file: 'bananas/bananas.csv', target: 'class', seeds: five, shuffleSeeds: five },
];

/** Nothing of it is in the repository: see docs for what belongs there. */
export const dataFolder = resolve(process.env.TENDRIL_DATA ?? fromRoot('../shared/data'));
