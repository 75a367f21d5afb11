import type { ErrorDetails } from '../src/errors.ts';

/** Refusals of the registry: HTTP status and message. A code is part of the wire contract. */
export const registryErrorTable = {
  INVALID_REQUEST: [400, 'The request is not valid: {reason}'],
  DIGEST_MISMATCH: [400, 'The body has digest {found} and Repr-Digest says {expected}'],
  UNAUTHORIZED: [401, 'Writing to this registry needs a bearer token'],
  NOT_FOUND: [404, 'There is nothing at {path}'],
  UNKNOWN_MODEL: [404, 'No model named "{model}" is registered'],
  UNKNOWN_MODEL_VERSION: [404, 'Model "{model}" has no version {modelVersion}'],
  UNKNOWN_ALIAS: [404, 'Model "{model}" has no alias "{alias}"'],
  UNKNOWN_BLOB: [404, 'No checkpoint has digest {digest}'],
  PRECONDITION_FAILED: [412, 'Alias "{alias}" of model "{model}" is not in the state that the request starts from'],
  PAYLOAD_TOO_LARGE: [413, 'The body is larger than {maxBytes} bytes'],
  UNSUPPORTED_MEDIA_TYPE: [415, 'The body must be {expected}'],
  CHECKPOINT_CORRUPT: [422, 'The checkpoint is not readable: {reason}'],
  CHECKPOINT_REFUSED: [422, 'The checkpoint cannot be registered: {reason}'],
  IDEMPOTENCY_KEY_REUSED: [422, 'The idempotency key was used before for other bytes'],
  INTERNAL: [500, 'An internal error occurred'],
} as const;

export type RegistryErrorCode = keyof typeof registryErrorTable;

/** A refusal with a stable `code`; it becomes the answer as it is. */
export class RegistryError extends Error {
  readonly code: RegistryErrorCode;
  readonly details: ErrorDetails;

  constructor(code: RegistryErrorCode, details: ErrorDetails = {}, options?: { cause?: unknown }) {
    super(messageOf(code, details), options);
    this.name = 'RegistryError';
    this.code = code;
    this.details = details;
  }

  get status(): (typeof registryErrorTable)[RegistryErrorCode][0] {
    return registryErrorTable[this.code][0];
  }
}

function messageOf(code: RegistryErrorCode, details: ErrorDetails): string {
  return registryErrorTable[code][1].replace(/\{(\w+)\}/g, (_, key: string) => String(details[key] ?? 'not given'));
}
