import type { Rng } from '../core/rng.ts';
import type { NetworkLearner } from '../learners/network-learner.ts';
import { ClassBalancedBuffer } from './class-balanced-buffer.ts';
import { ExperienceReplay, type ReplayOptions } from './experience-replay.ts';

export type DefaultRehearsalOptions = Pick<ReplayOptions, 'replaySize' | 'capacity' | 'stepsPerExample' | 'bytesOf'> & {
  /** Bytes of all remembered examples together. Default: no limit. */
  readonly byteBudget?: number;
};

/** Weight of the kept scores: it multiplies a sum over classes (Mammoth’s `alpha` a mean over them, so that with ten classes this is its 0.5). */
const LOGIT_WEIGHT = 0.1;

/**
 * The default for classification: a class-balanced buffer, fresh examples that compete with the present classes alone, and replayed ones that are
 * held to the scores that were kept with them while classes are absent. On an ordinary stream, in which all classes are present, it is experience replay.
 */
export function createDefaultRehearsal(
  learner: NetworkLearner,
  { byteBudget = Infinity, ...options }: DefaultRehearsalOptions,
  rng: Rng,
): ExperienceReplay {
  const buffer = new ClassBalancedBuffer({ capacity: options.capacity, byteBudget });
  return new ExperienceReplay(
    learner,
    { ...options, buffer, freshAmong: 'present', logitWeight: LOGIT_WEIGHT, holdScores: 'in-turns' },
    rng,
  );
}
