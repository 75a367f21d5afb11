import * as v from 'valibot';
import { TendrilError } from '../errors.ts';

const taskRequest = v.looseObject({ taskId: v.string() });
const decisionRequest = v.looseObject({ taskId: v.string(), decisionId: v.pipe(v.string(), v.minLength(1)) });

/** What every request to a task says. */
export type TaskRequest = v.InferOutput<typeof taskRequest>;
/** What every request for a decision says. */
export type DecisionRequest = v.InferOutput<typeof decisionRequest>;

/** @returns null where it does not say of which task it is */
export function asTaskRequest(request: unknown): TaskRequest | null {
  return v.is(taskRequest, request) ? request : null;
}

/** @returns null where it does not say of which task and which decision it is */
export function asDecisionRequest(request: unknown): DecisionRequest | null {
  return v.is(decisionRequest, request) ? request : null;
}

export function unnamed(what: string): TendrilError {
  return new TendrilError('INVALID_DATA', { reason: `the request does not say of which ${what} it is` });
}
