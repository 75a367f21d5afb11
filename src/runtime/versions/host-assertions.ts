import * as v from 'valibot';
import { topOf } from '../../core/top-of.ts';
import { TendrilError } from '../../errors.ts';
import { parseFeatures } from '../../learners/feature-value.ts';
import type { ParsedTask } from '../../learners/task-schema.ts';
import type { ExperiencePayload } from '../../memory/records.ts';
import { assertions, type ParsedAssertion } from '../../versions/assertion.ts';
import type { HostAssertion } from '../../versions/gate/evidence.ts';
import type { Judgement } from '../../versions/judgement.ts';
import type { Model } from '../models/model.ts';

/** An assertion as it can be put to a model. */
export interface HostCheck {
  readonly name: string;
  readonly holds: (model: Model) => Promise<boolean>;
}

/** @throws INVALID_CONFIG for one that does not fit the kind of task, INVALID_FEATURE */
export function hostChecks(task: ParsedTask): HostCheck[] {
  const parsed = v.safeParse(assertions, task.versions.assertions ?? []);
  if (!parsed.success) throw new TendrilError('INVALID_CONFIG', { reason: v.summarize(parsed.issues) });
  return parsed.output.map((assertion) => ({ name: assertion.name, holds: checkOf(task, assertion) }));
}

export async function checkedAssertions(checks: readonly HostCheck[], model: Model): Promise<HostAssertion[]> {
  const checked: HostAssertion[] = [];
  for (const { name, holds } of checks) checked.push({ name, passed: await holds(model) });
  return checked;
}

function checkOf(task: ParsedTask, assertion: ParsedAssertion): HostCheck['holds'] {
  if (task.kind === 'classification' && 'label' in assertion) {
    const input = parseFeatures(task.schema.input, assertion.input);
    const { label } = assertion;
    return async (model) => {
      const said = await judged(model, { kind: 'classification', input, label, weight: 1 });
      return said?.kind === 'classification' && topOf(said.probabilities).label === label;
    };
  }
  if (task.kind === 'ranking' && 'better' in assertion) {
    const context = parseFeatures(task.schema.context, assertion.context);
    const expected = async (model: Model, given: unknown) => {
      const candidate = parseFeatures(task.schema.candidate, given);
      const common = { kind: 'ranking', candidateId: '', reward: 0, propensity: 1, slot: 0, weight: 1 } as const;
      const said = await judged(model, { ...common, context, candidate });
      return said?.kind === 'ranking' ? said.predicted : NaN;
    };
    return async (model) => (await expected(model, assertion.better)) >= (await expected(model, assertion.worse));
  }
  if (task.kind === 'regression' && 'atLeast' in assertion) {
    const input = parseFeatures(task.schema.input, assertion.input);
    const { atLeast, atMost } = assertion;
    return async (model) => {
      const said = await judged(model, { kind: 'regression', input, value: 0, weight: 1 });
      return said?.kind === 'regression' && said.predicted >= atLeast && said.predicted <= atMost;
    };
  }
  const reason = `the assertion "${assertion.name}" is none about a ${task.kind} task`;
  throw new TendrilError('INVALID_CONFIG', { reason });
}

function judged(model: Model, payload: ExperiencePayload): Promise<Judgement | null> {
  const own = { experienceId: '', decisionId: '', modelKey: '', observedAtMs: 0, position: 1 };
  return model.judge({ ...own, payload });
}
