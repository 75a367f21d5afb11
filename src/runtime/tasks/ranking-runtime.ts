import { murmur3 } from '../../core/hashing.ts';
import { Rng } from '../../core/rng.ts';
import type { ParsedFeatures } from '../../core/task.ts';
import { parseFeatures } from '../../learners/feature-value.ts';
import type { ParsedRankingTask } from '../../learners/task-schema.ts';
import { createPolicy, type Exploration } from '../../policies/create-policy.ts';
import type { Policy, Slate } from '../../policies/policy.ts';
import type { RankAnswer, RankRequest } from '../../protocol/messages.ts';
import { Candidates, type PreparedCandidate } from '../candidates.ts';
import type { RankingModel } from '../models/ranking-model.ts';
import { TaskRuntime, type TaskRuntimeParts } from './task-runtime.ts';

/** Decisions' worth of the best expected reward that exploration may give up beyond its share: at the start, and after a change. */
const EXPLORATION_CREDIT = 100;

export class RankingRuntime extends TaskRuntime<RankingModel> {
  readonly #task: ParsedRankingTask;
  readonly #policy: Policy;
  readonly #policyName: string;
  readonly #candidates: Candidates;

  constructor(task: ParsedRankingTask, parts: TaskRuntimeParts<RankingModel>) {
    super(parts);
    this.#task = task;
    const { epsilon, slots, floor, maxCost } = task.exploration;
    this.#policyName = task.exploration.policy ?? (epsilon === undefined ? 'thompson-sampling' : 'epsilon-greedy');
    const budget = { share: Math.max(floor, maxCost), credit: EXPLORATION_CREDIT };
    // A declared epsilon is a promise: neither floor nor budget bends it.
    this.#policy =
      this.#policyName === 'epsilon-greedy'
        ? createPolicy({
            exploration: { kind: 'epsilon-greedy', epsilon: epsilon ?? 0.1 },
            slots,
            floor: 0,
            budget: null,
          })
        : createPolicy({ ...explorationOf(this.#policyName), slots, floor, budget });
    this.#candidates = new Candidates(task.schema.candidate, parts.host.model.encoder);
  }

  setCandidates(candidates: unknown, mode: 'replace' | 'append'): number {
    return this.#candidates.set(candidates, mode);
  }

  async rank(request: RankRequest): Promise<RankAnswer> {
    const candidates = this.#candidates.forDecision(request.candidates);
    const context = parseFeatures(this.#task.schema.context, request.context);
    const { model: ranker } = this.host;
    const contextTokens = ranker.encoder.contextTokens(context);
    const inputs = candidates.map(({ features, tokens }) =>
      ranker.encoder.encode(context, features, contextTokens, tokens),
    );
    // Of the model that is about to answer: by the time it has, it may have learned on.
    const model = this.host.reference();
    const estimates = await ranker.estimate(inputs);
    const scores = estimates.means;
    // The decision's own seed makes its chance repeatable from the log alone.
    const seed = murmur3(request.decisionId, this.#task.seed);
    const slate = this.#policy.choose(estimates, Rng.fromSeed(seed));
    const order = slate.order.map((index, place) => ({
      id: candidates[index]?.id ?? '',
      score: scores[index] ?? 0,
      propensity: slate.propensities[place] ?? 1,
    }));
    const answer = { decisionId: request.decisionId, order, model };
    this.#log(answer, seed, context, candidates, slate);
    return answer;
  }

  #log(
    { decisionId, order, model }: RankAnswer,
    seed: number,
    context: ParsedFeatures,
    candidates: readonly PreparedCandidate[],
    slate: Slate,
  ): void {
    const { rewardVersion } = this.host.model;
    const record = this.decisionRecord(decisionId, model, seed, {
      kind: 'ranking',
      context,
      candidateKeys: slate.order.map((index) => candidates[index]?.key ?? ''),
      propensities: [...slate.propensities],
      scores: order.slice(0, slate.propensities.length).map(({ score }) => score),
      policy: this.#policyName,
      ...(rewardVersion !== null && { rewardVersion }),
    });
    const catalogue = candidates.map(({ key, id, features }) => ({ candidateKey: key, candidateId: id, features }));
    this.decisions.record(
      record,
      candidates.map((candidate) => candidate.key),
      catalogue,
    );
  }
}

/** The settings of a named policy; those of the default are the policies' own. */
function explorationOf(policy: string): { readonly exploration?: Exploration } {
  switch (policy) {
    case 'greedy':
      return { exploration: { kind: 'greedy' } };
    case 'lin-ucb':
      return { exploration: { kind: 'lin-ucb', alpha: 1 } };
    case 'square-cb':
      return { exploration: { kind: 'square-cb', scale: 10 } };
    default:
      return {};
  }
}
