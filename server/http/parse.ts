import * as v from 'valibot';
import { RegistryError } from '../registry-error.ts';

/** @throws INVALID_REQUEST */
export function parseRequest<T>(schema: v.GenericSchema<unknown, T>, value: unknown, what: string): T {
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (result.success) return result.output;
  throw new RegistryError('INVALID_REQUEST', { reason: `${what}: ${result.issues[0].message}` });
}

/** A whole number in a path or a query. */
export const numberText = (min: number, max: number) =>
  v.pipe(v.string(), v.regex(/^\d{1,15}$/), v.transform(Number), v.minValue(min), v.maxValue(max));

/** A header or query that need not be there. */
export function parseOptional<T>(
  schema: v.GenericSchema<unknown, T>,
  value: string | undefined,
  what: string,
): T | null {
  return value === undefined ? null : parseRequest(schema, value, what);
}
