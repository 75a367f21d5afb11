import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { dataFolder } from '../../replay/benchmark-streams.ts';
import type { LearningBenchmark } from '../benchmark.ts';

/** Absolute path of a file in the data folder. */
export function dataFile(name: string): string {
  return join(dataFolder, name);
}

export function missingFiles({ files }: LearningBenchmark): readonly string[] {
  return files.filter((name) => !existsSync(dataFile(name)));
}
