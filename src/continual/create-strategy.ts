import { initialState } from '../compute/fresh-network-state.ts';
import { Rng } from '../core/rng.ts';
import type { ContinualStrategyName } from '../core/task.ts';
import type { NetworkLearner } from '../learners/network-learner.ts';
import type { ContinualStrategy } from './continual-strategy.ts';
import { ExperienceReplay } from './experience-replay.ts';
import { GDumb } from './gdumb.ts';
import { OnlineEwc } from './online-ewc.ts';

export interface StrategyOptions {
  /** Replayed examples beside the fresh ones of a step. */
  readonly replaySize: number;
  /** Places of the buffer. */
  readonly capacity: number;
  readonly stepsPerExample: number;
}

/** Multiplies a sum over classes; Mammoth’s `alpha` a mean over them, so that with ten classes this is its 0.5. */
const LOGIT_WEIGHT = 0.1;
/** Passes over the buffer of one retraining of GDumb, and its steps behind each experience. */
const GDUMB_PASSES = 10;
const GDUMB_STEPS = 8;

/** One of the strategies of the literature, as it was published. The default is another: see default-rehearsal.ts. */
export function createStrategy(
  name: ContinualStrategyName,
  learner: NetworkLearner,
  options: StrategyOptions,
  rng: Rng,
): ContinualStrategy {
  const { capacity, stepsPerExample } = options;
  switch (name) {
    case 'er':
      return new ExperienceReplay(learner, options, rng);
    case 'er-ace':
      return new ExperienceReplay(learner, { ...options, freshAmong: 'batch' }, rng);
    case 'der++':
      return new ExperienceReplay(learner, { ...options, logitWeight: LOGIT_WEIGHT }, rng);
    case 'gdumb':
      return createGDumb(learner, options, rng);
    case 'ewc':
      return new OnlineEwc(learner, { stepsPerExample, sampleSize: Math.min(capacity, 256) }, rng);
  }
}

function createGDumb(learner: NetworkLearner, { capacity }: StrategyOptions, rng: Rng): GDumb {
  const { batchSize } = learner.spec;
  // What every retraining starts from is part of no state: it must follow from what is.
  const freshNetwork = () => initialState(learner.spec, Rng.fromSeed(1));
  const steps = (stored: number): number => Math.ceil((GDUMB_PASSES * stored) / batchSize);
  return new GDumb(learner, { capacity, batchSize, steps, stepsPerExample: GDUMB_STEPS, freshNetwork }, rng);
}
