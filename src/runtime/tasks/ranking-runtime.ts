import { murmur3 } from '../../core/hashing.ts';
import { Rng } from '../../core/rng.ts';
import type { LocalTime } from '../../core/local-time.ts';
import type { ParsedFeatures } from '../../core/task.ts';
import { parseFeatures } from '../../learners/feature-value.ts';
import type { RewardEstimates } from '../../learners/reward/reward-model.ts';
import type { ParsedRankingTask } from '../../learners/task-schema.ts';
import type { DecisionRecord, RankingDecision } from '../../memory/records.ts';
import { comparisonKey } from '../../memory/store.ts';
import type { FeatureContribution } from '../../feedback/explain.ts';
import { HighestOfNormals } from '../../policies/highest-of-normals.ts';
import { greedyOrder, type Slate } from '../../policies/policy.ts';
import type { Abstention, RankAnswer, RankRequest } from '../../protocol/messages.ts';
import { certaintyOfChoice } from '../../review/certainty.ts';
import { PROPOSED, type Proposal } from '../../review/review-case.ts';
import { Candidates, type PreparedCandidate } from '../candidates.ts';
import { armOf } from '../comparison/arm.ts';
import type { UpliftEstimate } from '../../monitor/sequential/estimate-uplift.ts';
import type { StandsBack } from '../comparison/comparison-state.ts';
import type { Comparison } from '../comparison/comparison.ts';
import type { GuardedExposure } from '../comparison/guarded-exposure.ts';
import { LoadedOnce } from '../loaded-once.ts';
import type { RankingModel } from '../models/ranking-model.ts';
import { contributionsOf } from './contributions.ts';
import { TaskRuntime, type TaskRuntimeParts } from './task-runtime.ts';

/** First places of the model's order that are logged where the page's is shown. */
const SHADOWED = 10;
/** Places whose features are weighed one by one. */
const EXPLAINED_PLACES = 20;
const LEAST_CHANCE = 1e-3;

export class RankingRuntime extends TaskRuntime<RankingModel> {
  readonly kind = 'ranking';
  readonly #task: ParsedRankingTask;
  readonly #candidates: Candidates;
  readonly #localTime: TaskRuntimeParts<RankingModel>['localTime'];
  readonly #comparison = new LoadedOnce(() => this.#openComparison());
  /** What stands in the first places; loaded behind the first answer where nothing is guarded. */
  exposure: GuardedExposure | null = null;
  /** As it was when decisions were last counted; null before. */
  uplift: UpliftEstimate | null = null;
  /** Why the page's order stands for every decision. */
  standsBack: StandsBack;

  constructor(task: ParsedRankingTask, parts: TaskRuntimeParts<RankingModel>) {
    super(parts);
    this.#task = task;
    this.#localTime = parts.localTime;
    this.#candidates = new Candidates(task.schema.candidate, parts.host.model.encoder);
    this.standsBack = task.comparison.apprentice ? 'apprentice' : null;
  }

  /** Before the first decision. */
  async prepare(): Promise<void> {
    await this.hearOfComparison();
    if (this.#task.guard) await this.#openExposure();
  }

  /** The model's order against the page's. Loaded when it is first looked at: decisions only need to know whether the model stands back. */
  comparison(): Promise<Comparison> {
    return this.#comparison.get();
  }

  async #openComparison(): Promise<Comparison> {
    const { host, store, clock } = this;
    const { Comparison } = await import('../comparison/comparison.ts');
    return new Comparison({
      ...{ task: this.#task, store, clock, modelKey: host.modelKey },
      champion: () => host.reference().learnedTo,
      onError: (error) => {
        host.report(error);
      },
    });
  }

  /** Something may have been found out, here or in another tab. */
  async hearOfComparison(): Promise<void> {
    const stored = await this.store.setting(comparisonKey(this.host.modelKey));
    const standsBack =
      typeof stored === 'object' && stored !== null && 'standsBack' in stored ? stored.standsBack : undefined;
    if (standsBack === 'apprentice' || standsBack === 'worse' || standsBack === null) this.standsBack = standsBack;
  }

  async #openExposure(): Promise<GuardedExposure> {
    const { GuardedExposure } = await import('../comparison/guarded-exposure.ts');
    this.exposure ??= new GuardedExposure(this.#task);
    return this.exposure;
  }

  /** Whose order is shown, and why, where it is the page's. */
  #arm(decisionId: string): { readonly arm?: 'model' | 'host'; readonly keeps: Abstention['reason'] | null } {
    if (this.standsBack) return { keeps: this.standsBack };
    const { share } = this.#task.comparison;
    if (share === 0) return { keeps: null };
    const arm = armOf(decisionId, share, this.#task.seed);
    return { arm, keeps: arm === 'host' ? 'comparison' : null };
  }

  setCandidates(candidates: unknown, mode: 'replace' | 'append'): number {
    return this.#candidates.set(candidates, mode);
  }

  async rank(request: RankRequest): Promise<RankAnswer> {
    const candidates = this.#candidates.forDecision(request.candidates);
    const context = parseFeatures(this.#task.schema.context, request.context);
    const { serving: ranker } = this.host;
    const contextTokens = ranker.encoder.contextTokens(context);
    const inputs = candidates.map(({ features, tokens }) =>
      ranker.encoder.encode(context, features, contextTokens, tokens),
    );
    // Of the model that is about to answer: by the time it has, it may have learned on.
    const model = this.host.reference();
    const when = this.#localTime(this.clock.nowMs());
    const estimates = await ranker.estimate(inputs, when);
    const scores = estimates.means;
    // The decision's own seed makes its chance repeatable from the log alone.
    const seed = murmur3(request.decisionId, this.#task.seed);
    const greedy = once(() => greedyOrder(estimates.scores));
    const admission = this.exposure?.admission(candidates, scores, greedy);
    const slate = ranker.policy.choose(estimates, Rng.fromSeed(seed), admission);
    const order = slate.order.map((index, place) => ({
      id: candidates[index]?.id ?? '',
      score: scores[index] ?? 0,
      propensity: slate.propensities[place] ?? 1,
    }));
    const { decisionId } = request;
    const answer = { decisionId, order, model };
    const challenger = await this.#challenger(context, when, candidates, greedy);
    const situation = { context, when, ...(challenger && { challenger }) };
    const abstained = await this.#log(answer, seed, situation, candidates, slate, { estimates, greedy });
    const shown = abstained ? candidates.map((_, index) => index) : slate.order;
    if (this.exposure) this.exposure.decided(candidates, shown);
    else
      void this.#openExposure().then(
        (exposure) => exposure.decided(candidates, shown),
        (caught: unknown) => this.host.report(caught),
      );
    return { ...answer, abstained };
  }

  /** What the challenger would have put first, where the task wants to know: it is logged, and never shown. */
  async #challenger(
    context: ParsedFeatures,
    when: LocalTime,
    candidates: readonly PreparedCandidate[],
    greedy: () => readonly number[],
  ): Promise<RankingDecision['challenger']> {
    const { model, serving, task } = this.host;
    if (!task.versions.shadow || model === serving) return undefined;
    const { learnedTo } = model;
    const inputs = candidates.map(({ features }) => model.encoder.encode(context, features));
    const order = greedyOrder((await model.estimate(inputs, when)).scores);
    const keyOf = (index: number | undefined) => candidates[index ?? -1]?.key ?? '';
    const first = order.slice(0, SHADOWED).map(keyOf);
    return { learnedTo, servedTo: serving.learnedTo, champion: keyOf(greedy()[0]), order: first };
  }

  override async contributions({ payload }: DecisionRecord): Promise<Map<string, FeatureContribution[]>> {
    const contributions = new Map<string, FeatureContribution[]>();
    if (payload.kind !== 'ranking') return contributions;
    const { context, when } = payload;
    const entries = await this.store.catalogue(payload.candidateKeys.slice(0, EXPLAINED_PLACES));
    for (const entry of entries) {
      if (!entry) continue;
      const ofItem = await contributionsOf(entry.features, (inputs) =>
        this.#scores(
          inputs.map((features) => [context, features]),
          when,
        ),
      );
      const ofContext = await contributionsOf(context, (inputs) =>
        this.#scores(
          inputs.map((changed) => [changed, entry.features]),
          when,
        ),
      );
      const named = ofContext.map(({ feature, contribution }) => ({ feature: `context.${feature}`, contribution }));
      contributions.set(entry.candidateId, [...ofItem, ...named]);
    }
    return contributions;
  }

  /** Log-odds of the reward. */
  async #scores(
    inputs: readonly (readonly [ParsedFeatures, ParsedFeatures])[],
    when: LocalTime | undefined,
  ): Promise<ArrayLike<number>> {
    const { serving: model } = this.host;
    const encoded = inputs.map(([context, features]) => model.encoder.encode(context, features));
    return (await model.estimate(encoded, when)).scores;
  }

  #log(
    { decisionId, order, model }: Omit<RankAnswer, 'abstained'>,
    seed: number,
    situation: Pick<RankingDecision, 'context' | 'when' | 'challenger'>,
    candidates: readonly PreparedCandidate[],
    slate: Slate,
    { estimates, greedy }: { readonly estimates: RewardEstimates; readonly greedy: () => readonly number[] },
  ): Promise<Abstention | null> {
    const { rewardVersion, policy } = this.host.serving;
    const { arm, keeps } = this.#arm(decisionId);
    const record = this.decisionRecord(decisionId, model, seed, {
      kind: 'ranking',
      ...situation,
      ...(arm && { arm }),
      ...(keeps && {
        shadow: greedy()
          .slice(0, SHADOWED)
          .map((index) => candidates[index]?.key ?? ''),
      }),
      candidateKeys: slate.order.map((index) => candidates[index]?.key ?? ''),
      propensities: [...slate.propensities],
      scores: order.slice(0, slate.propensities.length).map(({ score }) => score),
      policy: policy.name,
      ...(rewardVersion !== null && { rewardVersion }),
    });
    const catalogue = candidates.map(({ key, id, features }) => ({ candidateKey: key, candidateId: id, features }));
    const hostOrder = candidates.map((candidate) => candidate.key);
    if (keeps) {
      this.decisions.record({ ...record, servedBy: 'host' }, hostOrder, catalogue);
      return Promise.resolve({ reason: keeps, reviewId: null });
    }
    const best = () => greedy().slice(0, PROPOSED);
    const ask = {
      certainty: () => certaintyOfChoice(chancesOfBest(best(), estimates, this.reviews?.rules.tolerance ?? 0)),
      proposal: () => proposalOf(best(), candidates, estimates.means),
    };
    return this.log(record, ask, hostOrder, catalogue);
  }
}

/** Sorting is for the decisions that need it, and for them once. */
function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | null = null;
  return () => (made ??= { value: make() }).value;
}

/**
 * The chance that each of the best candidates is the best one, as far as the model can know.
 * @param best indices by falling score @param tolerance reward that the others are taken to bring less
 */
function chancesOfBest(
  best: readonly number[],
  { scores, means, deviations }: RewardEstimates,
  tolerance: number,
): Float64Array {
  const chances = new Float64Array(best.length);
  const handicapped = scores.map((score, index) =>
    index === best[0] || tolerance === 0 ? score : score - logit(means[index]!) + logit(means[index]! - tolerance),
  );
  new HighestOfNormals(handicapped, deviations).write(best, chances);
  return chances;
}

/** Of a chance, cut where it is nearly certain. */
function logit(chance: number): number {
  const inside = Math.min(1 - LEAST_CHANCE, Math.max(LEAST_CHANCE, chance));
  return Math.log(inside / (1 - inside));
}

/** What it would have put first, without what exploration adds. */
function proposalOf(best: readonly number[], candidates: readonly PreparedCandidate[], means: Float64Array): Proposal {
  const order = best.map((index) => ({ item: candidates[index]?.id ?? '', score: means[index] ?? 0 }));
  return { kind: 'ranking', order };
}
