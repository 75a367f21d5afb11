import type { PartState } from '../core/part-state.ts';
import type { EnsembleMember } from './classifier-members.ts';
import type { FeatureEncoder, EncodedInput } from './feature-encoder.ts';
import type { Combiner } from './combiner.ts';
import type { Example } from './learner.ts';
import type { ModelState } from './model-state.ts';
import { MAX_CLASSES, type NetworkLearner } from './network-learner.ts';
import type { Row } from './row.ts';

interface PositionedExample {
  /** Log position; the example can be found again under it. */
  readonly position: number;
  readonly example: Example;
}

interface LabelledExample extends PositionedExample {
  readonly example: Example & { readonly target: { readonly label: string } };
}

/** Trains the ensemble's network on fresh examples, with whatever it rehearses beside them. */
export interface NetworkTrainer {
  /** @param position log position of the example; it can be found again under it */
  learnOne(position: number, example: Example): Promise<void>;
  /** As one mini-batch. */
  learnMany(fresh: readonly PositionedExample[]): Promise<void>;
}

export interface ClassifierParts {
  readonly encoder: FeatureEncoder;
  /** Where the task has one. */
  readonly network: { readonly learner: NetworkLearner; readonly trainer: NetworkTrainer } | null;
  /** In a fixed order: the combiner knows them by it. The network, where there is one, is the last. */
  readonly members: readonly EnsembleMember[];
  readonly combiner: Combiner;
}

/**
 * The default classifier: small models of different kinds in typed arrays and, for vectors, a network on the fastest backend, combined online by how well each has
 * predicted lately. Every example is a test before it is a lesson: the combiner learns from predictions made before the members have seen the label.
 */
export class EnsembleClassifier {
  readonly #parts: ClassifierParts;
  readonly #classes: string[] = [];

  /** The network and the encoder are restored already; parts that `state` does not know start fresh. */
  constructor(parts: ClassifierParts, state: Pick<ModelState, 'classes' | 'parts'>) {
    this.#parts = parts;
    for (const name of state.classes) this.#admit(name);
    for (const { name, model } of parts.members) {
      const stored = state.parts[`member.${name}`];
      if (stored) model.restore(stored);
    }
    const { combiner } = state.parts;
    if (combiner && parts.combiner.fits(combiner)) parts.combiner.restore(combiner);
  }

  /** Classes seen or declared so far, in the order of the probabilities. */
  get classes(): readonly string[] {
    return this.#classes;
  }

  get network(): NetworkLearner | null {
    return this.#parts.network?.learner ?? null;
  }

  /** Numbers that the members have learned. */
  get memberParameterCount(): number {
    return this.#parts.members.reduce((total, { model }) => total + tensorLength(model.state()), 0);
  }

  /** A class beyond the most that are possible is not learned. @throws COMPUTE_FAILED */
  async learnOne(position: number, example: LabelledExample['example']): Promise<void> {
    await this.learnMany([{ position, example }]);
  }

  /** One mini-batch: the network takes one step for all, the members take one example after the other. @throws COMPUTE_FAILED */
  async learnMany(fresh: readonly LabelledExample[]): Promise<void> {
    const { encoder, network, members, combiner } = this.#parts;
    const admitted = fresh.filter(({ example }) => this.#admit(example.target.label) !== -1);
    if (admitted.length === 0) return;
    const fromNetwork = await network?.learner.predictProbaMany(admitted.map(({ example }) => example.input));
    // Nothing is awaited from here on until the training step is on its way: a prediction must not meet half of what was learned.
    admitted.forEach(({ example: { input, target, weight } }, index) => {
      const label = this.#classes.indexOf(target.label);
      const row = encoder.row(input);
      combiner.learnOne(this.#memberProbabilities(row, fromNetwork?.[index]), label, weight);
      for (const { model } of members) model.learnOne(row, label, weight);
      if (!network) encoder.learnOne(input);
    });
    // Its learner takes the inputs into the feature statistics.
    await network?.trainer.learnMany(admitted);
  }

  /** Takes over where the stream has just been from an ensemble of the same task; what was learned stays as it is. */
  followRecent(other: EnsembleClassifier): void {
    this.#parts.members.forEach(({ model }, index) => {
      const followed = other.#parts.members[index];
      if (followed) model.followRecent?.(followed.model);
    });
  }

  /** @returns -1 where there is no room for another class */
  #admit(name: string): number {
    const known = this.#classes.indexOf(name);
    if (known !== -1 || this.#classes.length === MAX_CLASSES) return known;
    this.#classes.push(name);
    for (const { model } of this.#parts.members) model.growClasses(this.#classes.length);
    this.#parts.combiner.growClasses(this.#classes.length);
    return this.#classes.length - 1;
  }

  /** [members × classes], the network's in the last row. A class that the network has not met has no chance there. */
  #memberProbabilities(row: Row, fromNetwork: Float64Array | undefined): Float64Array {
    const { members, network } = this.#parts;
    const classes = this.#classes.length;
    const probabilities = new Float64Array((members.length + (network ? 1 : 0)) * classes);
    members.forEach(({ model }, index) => {
      model.predictProbaOne(row, probabilities.subarray(index * classes, (index + 1) * classes));
    });
    if (fromNetwork) probabilities.set(fromNetwork, members.length * classes);
    return probabilities;
  }

  /** Probability of each class of {@link classes}; they add up to 1. @throws COMPUTE_FAILED */
  async predictProbaOne(input: EncodedInput): Promise<Float64Array> {
    return (await this.predictProbaMany([input]))[0]!;
  }

  /** [inputs] as {@link predictProbaOne}. @throws COMPUTE_FAILED */
  async predictProbaMany(inputs: readonly EncodedInput[]): Promise<Float64Array[]> {
    const fromNetwork = await this.#parts.network?.learner.predictProbaMany(inputs);
    return inputs.map((input, index) => this.#combined(this.#parts.encoder.row(input), fromNetwork?.[index]));
  }

  #combined(row: Row, fromNetwork: Float64Array | undefined): Float64Array {
    const { members, combiner } = this.#parts;
    const classes = this.#classes.length;
    const combined = new Float64Array(classes);
    if (classes === 0) return combined;
    const alone = members.findIndex(({ context }) => context?.isOfRecentContext(row) === false);
    // What the others have shown lately was shown on other inputs.
    if (alone === -1) combiner.predictProba(this.#memberProbabilities(row, fromNetwork), combined);
    else members[alone]!.model.predictProbaOne(row, combined);
    return combined;
  }

  /** What each member alone would answer, for inspection: member name to [classes]. @throws COMPUTE_FAILED */
  async predictByMember(input: EncodedInput): Promise<Readonly<Record<string, Float64Array>>> {
    const fromNetwork = await this.#parts.network?.learner.predictProbaOne(input);
    const probabilities = this.#memberProbabilities(this.#parts.encoder.row(input), fromNetwork);
    const classes = this.#classes.length;
    const names = [...this.#parts.members.map(({ name }) => name), ...(fromNetwork ? ['network'] : [])];
    return Object.fromEntries(
      names.map((name, index) => [name, probabilities.slice(index * classes, (index + 1) * classes)]),
    );
  }

  /**
   * The state without the members that keep examples, and without the combiner, which trusts them: what is left are weights and statistics. Where it is
   * restored, the members that are missing start fresh. @throws COMPUTE_FAILED
   */
  async publishableState(): Promise<ModelState> {
    const { parts, ...rest } = await this.state();
    const names = this.#parts.members.filter(({ keepsExamples }) => !keepsExamples).map(({ name }) => `member.${name}`);
    return { ...rest, parts: Object.fromEntries(Object.entries(parts).filter(([name]) => names.includes(name))) };
  }

  /** Call only while nothing is being learned. @throws COMPUTE_FAILED */
  async state(): Promise<ModelState> {
    const { encoder, network, members, combiner } = this.#parts;
    const parts = {
      combiner: combiner.state(),
      ...Object.fromEntries(members.map(({ name, model }) => [`member.${name}`, model.state()])),
    };
    const classes = [...this.#classes];
    if (!network) return { features: encoder.state(), classes, parts, network: null };
    const { features, spec, network: state } = await network.learner.state();
    return { features, classes, parts, network: { spec, state } };
  }
}

function tensorLength({ tensors }: PartState): number {
  return Object.values(tensors).reduce((total, { length }) => total + length, 0);
}
