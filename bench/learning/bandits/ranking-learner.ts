import { Rng } from '../../../src/core/rng.ts';
import type { Features, ParsedFeatures, RankingTask } from '../../../src/core/task.ts';
import type { EncodedInput, FeatureEncoder } from '../../../src/learners/feature-encoder.ts';
import { parseFeatures } from '../../../src/learners/feature-value.ts';
import { createEncoder } from '../../../src/learners/fresh-learner.ts';
import {
  BayesianLogisticModel,
  type BayesianLogisticOptions,
} from '../../../src/learners/reward/bayesian-logistic-model.ts';
import { RecurringModel } from '../../../src/learners/routines/recurring-model.ts';
import type { RewardModel } from '../../../src/learners/reward/reward-model.ts';
import { parseTask, type ParsedRankingTask } from '../../../src/learners/task-schema.ts';
import { createPolicy } from '../../../src/policies/create-policy.ts';
import type { Token } from '../../../src/learners/tokens.ts';
import type { Policy } from '../../../src/policies/policy.ts';

export interface Ranked {
  /** Indices of the candidates, best place first. */
  readonly order: readonly number[];
  /** Of each explored place, given those before it. */
  readonly propensities: readonly number[];
}

/** What a benchmark of rankings drives. */
export interface RankingLearner {
  rank(context: Features, candidates: readonly Features[], decisionSeed: number): Ranked;
  /** @param reward in [0, 1] @param weight ≥ 0 */
  learn(context: Features, candidate: Features, reward: number, weight?: number): void;
  /** Parses a candidate ahead of the decisions that it is part of. */
  prepare(candidate: Features): void;
  stateBytes(): number;
}

export interface RankingLearnerSettings {
  readonly policy?: (slots: number, seed: number) => Policy;
  readonly model?: Partial<BayesianLogisticOptions>;
  /** As the task's `learner.memory`; default `on`. */
  readonly memory?: 'on' | 'off';
}

/** A ranking task with the default model and policy, without the runtime around it. */
export function openRankingLearner(
  task: RankingTask,
  seed: number,
  settings: RankingLearnerSettings = {},
): RankingLearner {
  const parsed = parseTask({ ...task, seed });
  const encoder = createEncoder(parsed);
  const base = new BayesianLogisticModel(encoder.shape, settings.model);
  const model = settings.memory === 'off' ? base : new RecurringModel(base);
  const { slots } = parsed.exploration;
  const policy = settings.policy?.(slots, seed) ?? createPolicy({ slots });
  return new BareRankingLearner(parsed, encoder, model, policy);
}

class BareRankingLearner implements RankingLearner {
  readonly #task: ParsedRankingTask;
  readonly #encoder: FeatureEncoder;
  readonly #model: RewardModel;
  readonly #policy: Policy;
  readonly #items = new WeakMap<Features, { readonly item: ParsedFeatures; readonly itemTokens: readonly Token[] }>();

  constructor(task: ParsedRankingTask, encoder: FeatureEncoder, model: RewardModel, policy: Policy) {
    this.#task = task;
    this.#encoder = encoder;
    this.#model = model;
    this.#policy = policy;
  }

  rank(context: Features, candidates: readonly Features[], decisionSeed: number): Ranked {
    const given = this.#context(context);
    const tokens = this.#encoder.contextTokens(given);
    const rows = candidates.map((candidate) => {
      const { item, itemTokens } = this.#prepared(candidate);
      return this.#encoder.row(this.#encoder.encode(given, item, tokens, itemTokens));
    });
    return this.#policy.choose(this.#model.predict(rows), Rng.fromSeed(decisionSeed));
  }

  learn(context: Features, candidate: Features, reward: number, weight = 1): void {
    const given = this.#context(context);
    const { item, itemTokens } = this.#prepared(candidate);
    const input: EncodedInput = this.#encoder.encode(given, item, this.#encoder.contextTokens(given), itemTokens);
    this.#encoder.learnOne(input);
    this.#model.learnOne(this.#encoder.row(input), reward, weight);
  }

  #context(context: Features): ParsedFeatures {
    return parseFeatures(this.#task.schema.context, context);
  }

  /** Parsed once for each object, as the runtime does for a page's candidates. */
  #prepared(candidate: Features): { readonly item: ParsedFeatures; readonly itemTokens: readonly Token[] } {
    const known = this.#items.get(candidate);
    if (known) return known;
    const item = parseFeatures(this.#task.schema.candidate, candidate);
    const prepared = { item, itemTokens: this.#encoder.itemTokens(item) };
    this.#items.set(candidate, prepared);
    return prepared;
  }

  prepare(candidate: Features): void {
    this.#prepared(candidate);
  }

  stateBytes(): number {
    return Object.values(this.#model.state().tensors).reduce((bytes, tensor) => bytes + tensor.byteLength, 0);
  }
}
