import { createStrategy } from '../../continual/create-strategy.ts';
import { createDefaultRehearsal } from '../../continual/default-rehearsal.ts';
import { ExperienceReplay } from '../../continual/experience-replay.ts';
import { ReservoirBuffer } from '../../continual/reservoir-buffer.ts';
import { murmur3 } from '../../core/hashing.ts';
import { Rng } from '../../core/rng.ts';
import { TendrilError } from '../../errors.ts';
import { freshSpec, networkDefaults } from '../../learners/fresh-learner.ts';
import type { FeatureEncoder } from '../../learners/feature-encoder.ts';
import { NetworkLearner } from '../../learners/network-learner.ts';
import type { ParsedNetworkTask } from '../../learners/task-schema.ts';
import type { ModelOrigin } from './model.ts';
import { named, type Rehearsal } from './rehearsal.ts';

const REPLAY_CAPACITY = 5000;
/** A visitor's click is rare and dear, a row of a stream is neither. */
const STEPS_PER_EXAMPLE = { ranking: 4, classification: 1 } as const;

/** The task's network on the backend, from the checkpoint. @throws CHECKPOINT_INCOMPATIBLE */
export function createNetwork(
  task: ParsedNetworkTask,
  encoder: FeatureEncoder,
  { backend, checkpoint }: ModelOrigin,
): NetworkLearner {
  const { network, features, classes } = checkpoint.model;
  if (!network) throw new TendrilError('CHECKPOINT_INCOMPATIBLE', { reason: 'it has no network' });
  // How it learns is the declaration's business, also where that changed since the checkpoint.
  const { optimizer, batchSize } = freshSpec(task, encoder);
  const spec = { ...network.spec, optimizer, batchSize };
  return new NetworkLearner(encoder, backend, { spec, network: network.state, features, classes });
}

/** What is made around a network; where that throws, nobody has the network, and its memory is given back. */
export function around<T>(network: NetworkLearner | null, make: () => T): T {
  try {
    return make();
  } catch (caught) {
    network?.dispose();
    throw caught;
  }
}

/** What the task's network learns with. */
export function createRehearsal(task: ParsedNetworkTask, network: NetworkLearner, seed: number): Rehearsal {
  const { replaySize = networkDefaults(task).replaySize, replayCapacity: capacity = REPLAY_CAPACITY } = task.learner;
  const options = { replaySize, capacity, stepsPerExample: STEPS_PER_EXAMPLE[task.kind] };
  const rng = Rng.fromSeed(murmur3(`replay ${seed}`));
  const { strategy } = task.learner;
  if (strategy) return named(strategy, createStrategy(strategy, network, options, rng));
  // A buffer balanced by reward would teach a ranking that everything is clicked.
  return task.kind === 'ranking'
    ? new ExperienceReplay(network, { ...options, buffer: new ReservoirBuffer({ capacity }) }, rng)
    : createDefaultRehearsal(network, options, rng);
}
