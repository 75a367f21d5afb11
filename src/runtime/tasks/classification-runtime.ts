import type { ParsedFeatures } from '../../core/task.ts';
import { topOf } from '../../core/top-of.ts';
import { TendrilError } from '../../errors.ts';
import type { FeatureContribution } from '../../feedback/explain.ts';
import { parseFeatures } from '../../learners/feature-value.ts';
import type { ParsedClassificationTask } from '../../learners/task-schema.ts';
import type { DecisionRecord, ExperienceRecord } from '../../memory/records.ts';
import type { ClassifyAnswer, ClassifyRequest, StreamResult, StreamStep } from '../../protocol/messages.ts';
import { certaintyOfChoice } from '../../review/certainty.ts';
import type { ClassificationModel } from '../models/classification-model.ts';
import { contributionsOf } from './contributions.ts';
import { TaskRuntime, type TaskRuntimeParts } from './task-runtime.ts';

export class ClassificationRuntime extends TaskRuntime<ClassificationModel> {
  readonly kind = 'classification';
  readonly #task: ParsedClassificationTask;

  constructor(task: ParsedClassificationTask, parts: TaskRuntimeParts<ClassificationModel>) {
    super(parts);
    this.#task = task;
  }

  async classify(request: ClassifyRequest): Promise<ClassifyAnswer> {
    const { answer, record } = await this.#decide(request.decisionId, request.input);
    const { label, probabilities } = answer;
    const abstained = await this.log(record, {
      certainty: () => certaintyOfChoice(Object.values(probabilities)),
      proposal: () => ({ kind: 'classification', label, probability: probabilities[label ?? ''] ?? 0 }),
    });
    return { ...answer, abstained };
  }

  async #decide(
    decisionId: string,
    given: ClassifyRequest['input'],
  ): Promise<{ answer: ClassifyAnswer; record: DecisionRecord }> {
    const input = parseFeatures(this.#task.schema.input, given);
    const { serving: classifier } = this.host;
    const { classes } = classifier;
    const model = this.host.reference();
    const values = await classifier.predictProbaOne(classifier.encoder.encode({}, input));
    const probabilities = Object.fromEntries(Array.from(values, (value, index) => [classes[index] ?? '', value]));
    const best = values.indexOf(Math.max(...values));
    const payload = { kind: 'classification', input, probabilities } as const;
    const record = this.decisionRecord(decisionId, model, this.#task.seed, payload);
    return { answer: { decisionId, label: classes[best] ?? null, probabilities, model, abstained: null }, record };
  }

  /** Of the most probable class, in probability. */
  override async contributions({ payload }: DecisionRecord): Promise<Map<string, FeatureContribution[]>> {
    if (payload.kind !== 'classification') return new Map();
    const { serving: model } = this.host;
    const { label } = topOf(payload.probabilities);
    const index = label === null ? -1 : model.classes.indexOf(label);
    if (index === -1) return new Map();
    const ofInput = await contributionsOf(payload.input, async (inputs) => {
      const answers: number[] = [];
      for (const input of inputs)
        answers.push((await model.predictProbaOne(model.encoder.encode({}, input)))[index] ?? 0);
      return answers;
    });
    return new Map([['', ofInput]]);
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
