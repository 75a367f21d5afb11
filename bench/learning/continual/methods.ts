import type { ComputeBackend } from '../../../src/compute/compute.ts';
import { initialState } from '../../../src/compute/fresh-network-state.ts';
import { createDefaultRehearsal } from '../../../src/continual/default-rehearsal.ts';
import { ExperienceReplay, type ReplayOptions } from '../../../src/continual/experience-replay.ts';
import { GDumb } from '../../../src/continual/gdumb.ts';
import { OnlineEwc, type OnlineEwcOptions } from '../../../src/continual/online-ewc.ts';
import { ReservoirBuffer } from '../../../src/continual/reservoir-buffer.ts';
import { murmur3 } from '../../../src/core/hashing.ts';
import { Rng } from '../../../src/core/rng.ts';
import { AnalyticClassifier } from '../../../src/learners/analytic/analytic-classifier.ts';
import { createEncoder as createTaskEncoder } from '../../../src/learners/fresh-learner.ts';
import { parseTask, schemaHash } from '../../../src/learners/task-schema.ts';
import { createClassifier } from '../../../src/runtime/models/create-classifier.ts';
import { freshCheckpoint } from '../../../src/runtime/models/fresh-checkpoint.ts';
import { ensembleMethod } from './ensemble-method.ts';
import type { ContinualMethod } from './method.ts';
import { PIXELS } from './mnist.ts';
import {
  CLASSES,
  createEncoder,
  inputOf,
  mostProbable,
  networkMethod,
  openNetwork,
  statisticBytes,
} from './network-method.ts';

export interface MethodContext {
  readonly backend: ComputeBackend;
  readonly seed: number;
  /** Stored samples. */
  readonly capacity: number;
}

/** The network of every row: one hidden layer, Adam. */
const NETWORK = { hiddenSize: 100, learningRate: 0.001 };
/** Replayed examples beside the fresh ones of a batch. */
const STEPS = { replaySize: 22, stepsPerExample: 1 } as const;
const SLICE = 50;

const replayRng = (seed: number): Rng => Rng.fromSeed(murmur3(`replay ${seed}`));

/** The default classifier of the runtime, in the protocol's mini-batches. */
export function defaultMethod({ backend, seed, capacity }: MethodContext): ContinualMethod {
  const task = parseTask({
    id: 'digits',
    kind: 'classification',
    seed,
    schema: { input: { pixels: { type: 'embedding', size: PIXELS } } },
    learner: { replayCapacity: capacity },
  });
  const encoder = createTaskEncoder(task);
  const origin = { backend, checkpoint: freshCheckpoint(task, schemaHash(task)), replayed: [] };
  const { classifier, rehearsal } = createClassifier(task, encoder, origin);
  if (!classifier.network || !rehearsal) throw new Error('images are classified with the help of a network');
  return ensembleMethod(classifier, classifier.network, rehearsal);
}

function rehearsing({ backend, seed }: MethodContext, options: ReplayOptions): ContinualMethod {
  const { learner } = openNetwork(backend, seed, NETWORK);
  return networkMethod(learner, new ExperienceReplay(learner, options, replayRng(seed)));
}

/** The default's network alone. */
export function networkAlone(context: MethodContext): ContinualMethod {
  const { backend, seed, capacity } = context;
  const { learner } = openNetwork(backend, seed, NETWORK);
  return networkMethod(learner, createDefaultRehearsal(learner, { ...STEPS, capacity }, replayRng(seed)));
}

export function derPlusPlus(context: MethodContext): ContinualMethod {
  const { capacity } = context;
  const buffer = new ReservoirBuffer({ capacity });
  return rehearsing(context, { ...STEPS, capacity, buffer, logitWeight: 0.1 });
}

export function experienceReplay(context: MethodContext): ContinualMethod {
  const { capacity } = context;
  return rehearsing(context, { ...STEPS, capacity, buffer: new ReservoirBuffer({ capacity }) });
}

/** Stores a sample of the last stretch of the stream alone, whatever the capacity. */
export function onlineEwc({ backend, seed }: MethodContext, options: Partial<OnlineEwcOptions> = {}): ContinualMethod {
  const { learner } = openNetwork(backend, seed, NETWORK);
  return networkMethod(learner, new OnlineEwc(learner, options, replayRng(seed)));
}

/** The network without anything against forgetting. */
export function fineTuning({ backend, seed }: MethodContext): ContinualMethod {
  const { learner } = openNetwork(backend, seed, NETWORK);
  const options = { replaySize: 0, capacity: 1, stepsPerExample: 1 };
  return networkMethod(learner, new ExperienceReplay(learner, options, replayRng(seed)));
}

/** 30 passes over the buffer, in batches of 16. */
export function gdumb({ backend, seed, capacity }: MethodContext): ContinualMethod {
  const { learner, spec } = openNetwork(backend, seed, NETWORK);
  const steps = () => Math.ceil((30 * capacity) / spec.batchSize);
  const freshNetwork = () => initialState(learner.spec, Rng.fromSeed(seed));
  const options = { capacity, steps, batchSize: spec.batchSize, freshNetwork };
  const strategy = new GDumb(learner, options, replayRng(seed));
  return networkMethod(learner, strategy, async () => {
    while (await strategy.retrain(SLICE));
  });
}

/** The default's analytic member alone: it stores no samples. */
export function analyticAlone({ seed }: MethodContext): ContinualMethod {
  const encoder = createEncoder();
  const model = new AnalyticClassifier({ shape: encoder.shape, classes: CLASSES, seed });
  return {
    async learn(_, images) {
      for (const image of images) model.learnOne(encoder.row(inputOf(image)), image.label, 1);
    },
    async settle() {},
    async predict(images) {
      const out = new Float64Array(CLASSES);
      return images.map((image) => {
        model.predictProbaOne(encoder.row(inputOf(image)), out);
        return mostProbable(out);
      });
    },
    storedSamples: () => 0,
    stateBytes: async () => statisticBytes(model.state()),
    dispose() {},
  };
}
