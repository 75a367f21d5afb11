import type { EnsembleClassifier } from '../../../src/learners/ensemble-classifier.ts';
import type { NetworkLearner } from '../../../src/learners/network-learner.ts';
import type { Rehearsal } from '../../../src/runtime/models/rehearsal.ts';
import type { ContinualMethod } from './method.ts';
import {
  CLASSES,
  IMAGE_BYTES,
  exampleOf,
  inputOf,
  mostProbable,
  networkBytes,
  statisticBytes,
} from './network-method.ts';

/** The complete default classifier, learning in the protocol's mini-batches: the network takes one step a batch. */
export function ensembleMethod(
  classifier: EnsembleClassifier,
  network: NetworkLearner,
  rehearsal: Rehearsal,
): ContinualMethod {
  return {
    async learn(position, images) {
      await classifier.learnMany(
        images.map((image, index) => ({ position: position + index, example: exampleOf(image) })),
      );
    },
    async settle() {},
    async predict(images) {
      const places = classifier.classes.map(Number);
      return (await classifier.predictProbaMany(images.map(inputOf))).map((known) => {
        const digits = new Float64Array(CLASSES);
        places.forEach((digit, index) => (digits[digit] = known[index]!));
        return mostProbable(digits);
      });
    },
    storedSamples: () => rehearsal.state().keys.length,
    async stateBytes() {
      const { parts } = await classifier.state();
      const { keys, part } = rehearsal.state();
      const states = [...Object.values(parts), part].map(statisticBytes);
      const stored = keys.length * IMAGE_BYTES;
      return (await networkBytes(network)) + stored + states.reduce((sum, bytes) => sum + bytes, 0);
    },
    dispose: () => {
      network.dispose();
    },
  };
}
