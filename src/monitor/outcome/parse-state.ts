import * as v from 'valibot';
import { TendrilError } from '../../errors.ts';

/** Stored states of metrics are plain JSON, and may have been damaged. */

export const finite = v.pipe(v.number(), v.finite());
/** Of observations that may have decayed: any number from 0. */
export const weight = v.pipe(finite, v.minValue(0));
export const wholeNumber = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

/** Finite numbers, checked in one go. @param fits whether a list may have this length */
export function numberList(fits: (length: number) => boolean): v.GenericSchema<number[]> {
  return v.custom<number[]>((value) => {
    if (!Array.isArray(value) || !fits(value.length)) return false;
    for (const entry of value) if (!Number.isFinite(entry)) return false;
    return true;
  }, 'Expected a list of finite numbers of another length');
}

/** @param what the state is of, for the message @throws INVALID_DATA */
export function parseState<S extends v.GenericSchema>(schema: S, state: unknown, what: string): v.InferOutput<S> {
  return parseData(schema, state, `the state of ${what}`);
}

/** @param what it is, for the message @throws INVALID_DATA */
export function parseData<S extends v.GenericSchema>(schema: S, data: unknown, what: string): v.InferOutput<S> {
  const result = v.safeParse(schema, data);
  if (!result.success) throw invalidData(`${what}: ${v.summarize(result.issues)}`);
  return result.output;
}

export function invalidData(reason: string): TendrilError {
  return new TendrilError('INVALID_DATA', { reason });
}

/** @throws INVALID_CONFIG */
export function requireConfig(holds: boolean, reason: string): void {
  if (!holds) throw new TendrilError('INVALID_CONFIG', { reason });
}
