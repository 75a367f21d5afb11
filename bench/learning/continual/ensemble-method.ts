import type { ContinualStrategy } from '../../../src/continual/continual-strategy.ts';
import type { Combiner } from '../../../src/learners/combiner.ts';
import type { FeatureEncoder } from '../../../src/learners/feature-encoder.ts';
import { PresentClasses } from '../../../src/learners/members/present-classes.ts';
import type { NetworkLearner } from '../../../src/learners/network-learner.ts';
import type { OnlineClassifier } from '../../../src/learners/online-model.ts';
import type { ContinualMethod } from './method.ts';
import { CLASSES, digitProbabilities, inputOf, mostProbable, networkMethod, statisticBytes } from './network-method.ts';
import type { LabelledImage } from './scenario.ts';

export interface EnsembleParts {
  readonly encoder: FeatureEncoder;
  readonly network: NetworkLearner;
  readonly strategy: ContinualStrategy;
  /** Members in typed arrays; they learn one example at a time. */
  readonly members: readonly OnlineClassifier[];
  readonly combiner: Combiner;
  /**
   * The combiner's evidence is about the classes that are present. Where this is true, it counts as far as those are all the known ones, and the plain mean of
   * the members counts for the rest.
   */
  readonly sharesEvidence: boolean;
}

/** Members and network of the default classifier, learning in the protocol's mini-batches: the network takes one step a batch. */
export function ensembleMethod(parts: EnsembleParts): ContinualMethod {
  const { encoder, network, strategy, members, combiner, sharesEvidence } = parts;
  const alone = networkMethod(network, strategy);
  const present = new PresentClasses(CLASSES);
  const rows = members.length + 1;
  const gathered = async (images: readonly LabelledImage[]): Promise<Float64Array[]> => {
    const ofNetwork = await digitProbabilities(network, images);
    return images.map((image, index) => {
      const all = new Float64Array(rows * CLASSES);
      const row = encoder.row(inputOf(image));
      members.forEach((member, place) => {
        member.predictProbaOne(row, all.subarray(place * CLASSES, (place + 1) * CLASSES));
      });
      all.set(ofNetwork[index]!, members.length * CLASSES);
      return all;
    });
  };
  const evidence = (): number => {
    if (!sharesEvidence) return 1;
    const known = Math.max(1, network.classes.length);
    return network.classes.filter((name) => present.has(Number(name))).length / known;
  };
  return {
    ...alone,
    async learn(position, images) {
      const before = await gathered(images);
      images.forEach(({ label }, index) => {
        combiner.learnOne(before[index]!, label, 1);
        present.learnOne(label);
      });
      for (const image of images) {
        const row = encoder.row(inputOf(image));
        for (const member of members) member.learnOne(row, image.label, 1);
      }
      await alone.learn(position, images);
    },
    async predict(images) {
      const out = new Float64Array(CLASSES);
      const share = evidence();
      return (await gathered(images)).map((all) => {
        combiner.predictProba(all, out);
        for (let k = 0; k < CLASSES; k++) out[k] = share * out[k]! + (1 - share) * meanOf(all, rows, k);
        return mostProbable(out);
      });
    },
    async stateBytes() {
      const states = [...members, combiner].map((part) => statisticBytes(part.state()));
      return (await alone.stateBytes()) + states.reduce((sum, bytes) => sum + bytes, 0);
    },
  };
}

function meanOf(probabilities: Float64Array, rows: number, label: number): number {
  let total = 0;
  for (let row = 0; row < rows; row++) total += probabilities[row * CLASSES + label]!;
  return total / rows;
}
