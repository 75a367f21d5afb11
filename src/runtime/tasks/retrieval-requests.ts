import * as v from 'valibot';
import { TendrilError } from '../../errors.ts';

const DEFAULT_COUNT = 5;
const MAX_COUNT = 1000;
const MAX_ITEMS = 10_000;

/** What is in text and vector is looked at with the event or query that they become part of. */
const described = {
  text: v.optional(v.string()),
  embedding: v.optional(v.custom<ArrayLike<number>>(isVector, 'the embedding is not a list of numbers')),
};
const query = v.looseObject({
  ...described,
  count: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(MAX_COUNT)), DEFAULT_COUNT),
});
const change = { requestId: v.pipe(v.string(), v.minLength(1)), source: v.string() };
const items = v.pipe(v.array(v.looseObject(described)), v.minLength(1), v.maxLength(MAX_ITEMS));
const addRequest = v.looseObject({ ...change, items });
const removeRequest = v.looseObject({ ...change, ids: v.pipe(v.array(v.string()), v.minLength(1)) });

export interface Described {
  readonly text?: string | undefined;
  readonly embedding?: ArrayLike<number> | undefined;
}

/** @throws INVALID_DATA */
export const parseQuery = (given: unknown): v.InferOutput<typeof query> => parsed(query, given);
/** @throws INVALID_DATA */
export const parseAddRequest = (given: unknown): v.InferOutput<typeof addRequest> => parsed(addRequest, given);
/** @throws INVALID_DATA */
export const parseRemoveRequest = (given: unknown): v.InferOutput<typeof removeRequest> => parsed(removeRequest, given);

function parsed<S extends v.GenericSchema>(schema: S, given: unknown): v.InferOutput<S> {
  const result = v.safeParse(schema, given);
  if (result.success) return result.output;
  throw new TendrilError('INVALID_DATA', { reason: v.summarize(result.issues) });
}

function isVector(value: unknown): boolean {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));
}
