import { asTendrilError, type TendrilError } from '../errors.ts';
import type { WireError, WireResult } from '../protocol/messages.ts';

/** An error as plain data. */
export function toWireError(error: TendrilError): WireError {
  return { code: error.code, message: error.message, details: error.details };
}

/** Runs `operation` and turns whatever comes of it into data, because thrown values lose their code on the way through a worker. */
export async function wireResult<T>(
  operation: () => T | Promise<T>,
  onError: (error: TendrilError) => void,
): Promise<WireResult<T>> {
  try {
    return { ok: true, value: await operation() };
  } catch (caught) {
    const error = asTendrilError(caught);
    onError(error);
    return { ok: false, error: toWireError(error) };
  }
}
