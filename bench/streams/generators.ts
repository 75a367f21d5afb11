import { murmur3 } from '../../src/core/hashing.ts';
import { Rng } from '../../src/core/rng.ts';
import { agrawal } from './agrawal.ts';
import { hyperplane } from './hyperplane.ts';
import { led } from './led.ts';
import { questionnaire } from './questionnaire.ts';
import { randomRbf } from './random-rbf.ts';
import { recurringTrees } from './recurring-trees.ts';
import { rings2d } from './rings.ts';
import { sea } from './sea.ts';
import { stickyClasses } from './sticky-classes.ts';
import type { StreamGenerator } from './stream.ts';
import { wanderingLevel } from './wandering-level.ts';

export const generators: Readonly<Record<string, StreamGenerator>> = {
  sea,
  hyperplane,
  'random-rbf': randomRbf,
  led,
  agrawal,
  rings: rings2d,
  'wandering-level': wanderingLevel,
  'sticky-classes': stickyClasses,
  'recurring-trees': recurringTrees,
  questionnaire,
};

/** Lines of a CSV file, the header first; numbers have six significant digits. */
export function* csvLines(generator: StreamGenerator, count: number, seed: number): Generator<string> {
  yield generator.columns.join(',');
  // Hashed, because xoroshiro128+ begins nearly alike for small seeds.
  const rng = Rng.fromSeed(murmur3(generator.columns.join(), seed));
  for (const row of generator.rows(count, rng)) {
    yield row.map((cell) => (typeof cell === 'number' ? Number(cell.toPrecision(6)) : cell)).join(',');
  }
}
