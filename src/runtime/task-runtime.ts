import { murmur3 } from '../core/hashing.ts';
import { Rng } from '../core/rng.ts';
import type { ParsedFeatures } from '../core/task.ts';
import { TendrilError } from '../errors.ts';
import { attribute, involvedKeys } from '../feedback/attribution.ts';
import type { ParsedFeedback } from '../feedback/feedback.ts';
import { parseFeatures } from '../learners/feature-value.ts';
import type { ParsedClassificationTask, ParsedRankingTask } from '../learners/task-schema.ts';
import type { DecisionRecord, ExperienceRecord } from '../memory/records.ts';
import type { Store } from '../memory/store.ts';
import { EpsilonGreedy } from '../policies/epsilon-greedy.ts';
import type {
  Acknowledged,
  ClassifyAnswer,
  ClassifyRequest,
  ModelReference,
  RankAnswer,
  RankRequest,
  StreamResult,
  StreamStep,
} from '../protocol/messages.ts';
import { Candidates, type PreparedCandidate } from './candidates.ts';
import type { DecisionLog } from './decision-log.ts';
import type { Environment } from './environment.ts';
import type { ModelHost } from './model-host.ts';

export interface TaskRuntimeParts {
  readonly host: ModelHost;
  readonly store: Store;
  readonly decisions: DecisionLog;
  readonly clock: Environment['clock'];
  /** Tells the tab that learns. */
  readonly onAppended: () => void;
}

/** What both kinds of task share: feedback becomes experiences, experiences are learned. */
export abstract class TaskRuntime {
  readonly host: ModelHost;
  protected readonly store: Store;
  protected readonly decisions: DecisionLog;
  protected readonly clock: Environment['clock'];
  readonly #onAppended: () => void;

  constructor(parts: TaskRuntimeParts) {
    this.host = parts.host;
    this.store = parts.store;
    this.decisions = parts.decisions;
    this.clock = parts.clock;
    this.#onAppended = parts.onAppended;
  }

  /** Resolves when the experiences are in the log; learning follows on its own. @throws INVALID_FEEDBACK, STORAGE_* */
  async feedback(decision: DecisionRecord, feedback: ParsedFeedback): Promise<Acknowledged> {
    const { payload } = decision;
    const keys = payload.kind === 'ranking' ? involvedKeys(payload, feedback) : [];
    const involved = await this.store.catalogue(keys);
    const acknowledged = await this.append(attribute(decision, feedback, involved, this.clock.nowMs()));
    if (!acknowledged.duplicate) {
      this.#onAppended();
      this.host.drain().catch((caught: unknown) => {
        this.host.report(caught);
      });
    }
    return acknowledged;
  }

  protected async append(experiences: readonly ExperienceRecord[]): Promise<Acknowledged> {
    const { positions, duplicates } = await this.store.appendExperiences(experiences);
    return { position: positions.at(-1) ?? 0, duplicate: duplicates === experiences.length };
  }

  /** What every decision record of this task has. */
  protected decisionRecord(
    decisionId: string,
    model: ModelReference,
    seed: number,
    payload: DecisionRecord['payload'],
  ): DecisionRecord {
    return {
      decisionId,
      taskId: this.host.task.id,
      modelKey: this.host.modelKey,
      decidedAtMs: this.clock.nowMs(),
      servedBy: 'model',
      model,
      seed,
      payload,
    };
  }
}

export class RankingRuntime extends TaskRuntime {
  readonly #task: ParsedRankingTask;
  readonly #policy: EpsilonGreedy;
  readonly #candidates: Candidates;

  constructor(task: ParsedRankingTask, parts: TaskRuntimeParts) {
    super(parts);
    this.#task = task;
    this.#policy = new EpsilonGreedy(task.exploration);
    this.#candidates = new Candidates(task.schema.candidate, parts.host.model.encoder);
  }

  setCandidates(candidates: unknown, mode: 'replace' | 'append'): number {
    return this.#candidates.set(candidates, mode);
  }

  async rank(request: RankRequest): Promise<RankAnswer> {
    const candidates = this.#candidates.forDecision(request.candidates);
    const context = parseFeatures(this.#task.schema.context, request.context);
    const { encoder, learner } = this.host.model;
    const contextTokens = encoder.contextTokens(context);
    const inputs = candidates.map(({ features, tokens }) => encoder.encode(context, features, contextTokens, tokens));
    // Of the model that is about to answer: by the time it has, it may have learned on.
    const model = this.host.reference();
    const scores = await learner.predictRewards(inputs);
    // The decision's own seed makes its chance repeatable from the log alone.
    const seed = murmur3(request.decisionId, this.#task.seed);
    const slate = this.#policy.choose(scores, Rng.fromSeed(seed));
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
    slate: ReturnType<EpsilonGreedy['choose']>,
  ): void {
    const { epsilon } = this.#task.exploration;
    const record = this.decisionRecord(decisionId, model, seed, {
      kind: 'ranking',
      context,
      candidateKeys: slate.order.map((index) => candidates[index]?.key ?? ''),
      propensities: [...slate.propensities],
      scores: order.slice(0, slate.propensities.length).map(({ score }) => score),
      epsilon,
    });
    const catalogue = candidates.map(({ key, id, features }) => ({ candidateKey: key, candidateId: id, features }));
    this.decisions.record(
      record,
      candidates.map((candidate) => candidate.key),
      catalogue,
    );
  }
}

export class ClassificationRuntime extends TaskRuntime {
  readonly #task: ParsedClassificationTask;

  constructor(task: ParsedClassificationTask, parts: TaskRuntimeParts) {
    super(parts);
    this.#task = task;
  }

  async classify(request: ClassifyRequest): Promise<ClassifyAnswer> {
    const { answer, record } = await this.#decide(request.decisionId, request.input);
    this.decisions.record(record, [], []);
    return answer;
  }

  async #decide(
    decisionId: string,
    given: ClassifyRequest['input'],
  ): Promise<{ answer: ClassifyAnswer; record: DecisionRecord }> {
    const input = parseFeatures(this.#task.schema.input, given);
    const { encoder, learner } = this.host.model;
    const { classes } = learner;
    const model = this.host.reference();
    const values = await learner.predictProbaOne(encoder.encode({}, input));
    const probabilities = Object.fromEntries(Array.from(values, (value, index) => [classes[index] ?? '', value]));
    const best = values.indexOf(Math.max(...values));
    const payload = { kind: 'classification', input, probabilities } as const;
    const record = this.decisionRecord(decisionId, model, this.#task.seed, payload);
    return { answer: { decisionId, label: classes[best] ?? null, probabilities, model }, record };
  }

  /**
   * Test-then-train over many steps with one write for all: the labels go to the log first, then the steps run in order, each prediction
   * with what was learned before it and nothing else.
   */
  async stream(steps: readonly StreamStep[]): Promise<StreamResult[]> {
    const inputs = new Map<string, ParsedFeatures>();
    const positions = await this.#appendLabels(steps, inputs);
    const records: DecisionRecord[] = [];
    const results: StreamResult[] = [];
    for (const step of steps) {
      const startMs = this.clock.monotonicMs();
      if (step.type === 'learn') {
        await this.host.learnTo(positions.get(step.decisionId) ?? 0);
        results.push({ type: 'learned', decisionId: step.decisionId, durationMs: this.clock.monotonicMs() - startMs });
        continue;
      }
      const { answer, record } = await this.#decide(step.decisionId, step.input);
      const { decisionId, label, probabilities } = answer;
      results.push({
        type: 'predicted',
        decisionId,
        label,
        probabilities,
        durationMs: this.clock.monotonicMs() - startMs,
      });
      records.push(record);
    }
    await this.store.putDecisions(records, []);
    return results;
  }

  async #appendLabels(steps: readonly StreamStep[], inputs: Map<string, ParsedFeatures>): Promise<Map<string, number>> {
    const labels = new Map<string, ExperienceRecord>();
    for (const step of steps) {
      if (step.type === 'predict') inputs.set(step.decisionId, parseFeatures(this.#task.schema.input, step.input));
      else labels.set(step.decisionId, await this.#labelled(step.decisionId, step.label, inputs.get(step.decisionId)));
    }
    const { positions } = await this.store.appendExperiences([...labels.values()]);
    return new Map([...labels.keys()].map((decisionId, index) => [decisionId, positions[index] ?? 0]));
  }

  async #labelled(decisionId: string, label: string, known: ParsedFeatures | undefined): Promise<ExperienceRecord> {
    const input = known ?? (await this.#storedInput(decisionId));
    return {
      experienceId: `${decisionId}:label:${label}`,
      decisionId,
      modelKey: this.host.modelKey,
      observedAtMs: this.clock.nowMs(),
      payload: { kind: 'classification', input, label, weight: 1 },
    };
  }

  async #storedInput(decisionId: string): Promise<ParsedFeatures> {
    const { payload } = await this.decisions.find(decisionId);
    if (payload.kind !== 'classification') throw new TendrilError('UNKNOWN_DECISION', { decisionId });
    return payload.input;
  }
}
