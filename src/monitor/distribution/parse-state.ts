import * as v from 'valibot';
import { corrupt } from '../../core/read-state.ts';

/** @param what names the state in the error @throws CHECKPOINT_CORRUPT */
export function parseState<T>(schema: v.GenericSchema<unknown, T>, state: unknown, what: string): T {
  const result = v.safeParse(schema, state);
  if (result.success) return result.output;
  throw corrupt(`${what}: ${v.summarize(result.issues)}`);
}
