import { banking77 } from './banking77.ts';
import { nonlinearBenchmark } from './bandits/neural-linear.ts';
import type { LearningBenchmark } from './benchmark.ts';
import { permutedMnist500, splitMnist200, splitMnist500 } from './continual.ts';
import { forecastingBenchmarks } from './forecasting.ts';
import { mushroom } from './mushroom.ts';
import { news } from './news.ts';
import { openBandit } from './open-bandit.ts';
import { regressionBenchmarks } from './regression.ts';
import { smsSpam } from './sms-spam.ts';
import { speedInChromium } from './speed-chromium.ts';
import { speed } from './speed.ts';
import { streamBenchmarks } from './streams.ts';
import { wikispeedia } from './wikispeedia.ts';

/** Every benchmark, in the order of the tables. */
export const benchmarks: readonly LearningBenchmark[] = [
  ...streamBenchmarks,
  splitMnist200,
  splitMnist500,
  permutedMnist500,
  news,
  mushroom,
  nonlinearBenchmark,
  wikispeedia,
  openBandit,
  banking77,
  smsSpam,
  ...regressionBenchmarks,
  ...forecastingBenchmarks,
  speed,
  speedInChromium,
];
