import type { LearningBenchmark } from './benchmark.ts';

const names = [
  'streams',
  'continual',
  'news',
  'mushroom',
  'wikispeedia',
  'open-bandit',
  'banking77',
  'sms-spam',
  'regression',
  'forecasting',
  'speed',
  'speed-chromium',
];

async function load(name: string): Promise<LearningBenchmark[]> {
  try {
    const module = (await import(`./${name}.ts`)) as Record<string, unknown>;
    return Object.values(module)
      .flat()
      .filter(
        (value): value is LearningBenchmark =>
          typeof value === 'object' && value !== null && 'protocol' in value && 'run' in value,
      );
  } catch (caught) {
    console.error(`${name}: ${caught instanceof Error ? caught.message : String(caught)}`);
    return [];
  }
}

/** Every benchmark, in the order of the tables. */
export const benchmarks: readonly LearningBenchmark[] = (await Promise.all(names.map(load))).flat();
