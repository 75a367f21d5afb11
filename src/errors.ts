/**
 * The one error class of Tendril and the table of its codes. A code is part of the public contract:
 * it survives the worker boundary and the wire, and tests match on it, never on the message.
 */
export const errorTable = {
  INVALID_CONFIG: 'The configuration is not valid: {reason}',
  UNKNOWN_TASK: 'No task named "{taskId}" was declared',
  WRONG_TASK_KIND: 'Task "{taskId}" is a {kind} task and cannot answer this call',
  INVALID_FEATURE: 'Feature "{feature}" is not valid: {reason}',
  INVALID_FEEDBACK: 'The feedback is not valid: {reason}',
  UNKNOWN_DECISION: 'No decision "{decisionId}" is known on this device',
  SCHEMA_CHANGED: 'The schema of task "{taskId}" changed since it was last used on this device',
  CHECKPOINT_CORRUPT: 'The checkpoint is not readable: {reason}',
  CHECKPOINT_INCOMPATIBLE: 'The checkpoint does not fit the task: {reason}',
  REGISTRY_UNREACHABLE: 'The registry did not answer: {reason}',
  REGISTRY_REJECTED: 'The registry refused the request with status {status}: {reason}',
  REGISTRY_ANSWER_INVALID: 'The registry gave an answer of the wrong type: {reason}',
  WORKER_UNAVAILABLE: 'The learner worker did not start: {reason}',
  WORKER_LOST: 'The learner worker stopped answering: {reason}',
  WORKER_ANSWER_INVALID: 'The learner worker gave an answer of the wrong type: {reason}',
  CONSENT_MISSING: 'The visitor has not agreed: nothing is captured, stored or fetched',
  DEADLINE_EXCEEDED: 'No answer came within {deadlineMs} ms',
  STORAGE_UNAVAILABLE: 'The storage cannot be opened: {reason}',
  STORAGE_FAILED: 'The storage did not complete the operation: {reason}',
  STORAGE_QUOTA: 'The storage is full: {reason}',
  BACKEND_UNAVAILABLE: 'Compute backend "{backend}" is not available: {reason}',
  COMPUTE_FAILED: 'A computation failed on backend "{backend}": {reason}',
  LEARNING_DIVERGED: 'Learning diverged and the last good state was restored: {reason}',
  INVALID_DATA: 'The data is not valid: {reason}',
  INTERNAL: 'An internal error occurred: {reason}',
} as const;

export type ErrorCode = keyof typeof errorTable;

/** The script tag's bundle has the messages of those codes alone that the page raises. */
const messages: Partial<Record<ErrorCode, string>> = errorTable;

/** Values that fill the placeholders of a message; plain data, so that they survive postMessage. */
export type ErrorDetails = Readonly<Record<string, string | number | boolean | null>>;

/** An error with a stable `code`, plain-data `details` and, where there is one, its `cause`. */
export class TendrilError extends Error {
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, details: ErrorDetails = {}, options?: { cause?: unknown }) {
    super(formatMessage(code, details), options);
    this.name = 'TendrilError';
    this.code = code;
    this.details = details;
  }
}

function formatMessage(code: ErrorCode, details: ErrorDetails): string {
  return (messages[code] ?? code).replace(/\{(\w+)\}/g, (_, key: string) => String(details[key] ?? 'not given'));
}

/** The reason to give for something caught: its message, or its string form. */
export function reasonOf(caught: unknown): string {
  return caught instanceof Error ? caught.message : String(caught);
}

/** Passes a TendrilError through and wraps anything else under `code`. */
export function asTendrilError(
  caught: unknown,
  code: ErrorCode = 'INTERNAL',
  details: ErrorDetails = {},
): TendrilError {
  if (caught instanceof TendrilError) return caught;
  return new TendrilError(code, { reason: reasonOf(caught), ...details }, { cause: caught });
}
