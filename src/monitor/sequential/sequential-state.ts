import * as v from 'valibot';
import { corrupt } from '../../core/read-state.ts';

export const stateNumber = v.pipe(v.number(), v.finite());
export const stateAmount = v.pipe(stateNumber, v.minValue(0));
export const stateCount = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

/** Exactly `length` numbers of at least 0. */
export function amountsOf(length: number) {
  return v.pipe(v.array(stateAmount), v.length(length), v.readonly());
}

/** @throws CHECKPOINT_CORRUPT for what is no such state */
export function readSequentialState<Schema extends v.GenericSchema>(
  schema: Schema,
  state: unknown,
): v.InferOutput<Schema> {
  const parsed = v.safeParse(schema, state);
  if (parsed.success) return parsed.output;
  throw corrupt(`sequential statistics: ${v.getDotPath(parsed.issues[0]) ?? 'state'}: ${parsed.issues[0].message}`);
}
