import type { Context, ErrorHandler, NotFoundHandler } from 'hono';
import type { ErrorBody } from '../../src/sync/wire.ts';
import { RegistryError } from '../registry-error.ts';

/** Receives what went wrong in the server itself; what the caller did wrong is only answered. */
export type ReportError = (error: Error) => void;

/** Every error becomes `{ code, message, details }`; what is not meant for callers stays here. */
export function errorHandler(report: ReportError): ErrorHandler {
  return (error, context) => {
    if (error instanceof RegistryError) return answerError(context, error);
    report(error);
    return answerError(context, new RegistryError('INTERNAL'));
  };
}

export const notFoundHandler: NotFoundHandler = (context) =>
  answerError(context, new RegistryError('NOT_FOUND', { path: context.req.path }));

function answerError(context: Context, { code, message, details, status }: RegistryError): Response {
  if (status === 401) context.header('WWW-Authenticate', 'Bearer');
  context.header('Cache-Control', 'no-store');
  return context.json({ code, message, details } satisfies ErrorBody, status);
}
