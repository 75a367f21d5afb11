import * as v from 'valibot';
import { parseState } from './parse-state.ts';

const MAX_LEVELS = 48;
const MAX_LEVEL = 2 * 4096;

const finite = v.pipe(v.number(), v.finite());
const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const stateSchema = v.pipe(
  v.strictObject({
    size: v.pipe(count, v.minValue(8), v.maxValue(4096)),
    seed: v.pipe(v.number(), v.integer()),
    missing: count,
    /** Least and largest value; none while there is no value. */
    extremes: v.pipe(v.array(finite), v.maxLength(2)),
    errorSquares: v.pipe(finite, v.minValue(0)),
    compactions: v.pipe(v.array(count), v.minLength(1), v.maxLength(MAX_LEVELS)),
    levels: v.pipe(v.array(v.pipe(v.array(finite), v.maxLength(MAX_LEVEL))), v.minLength(1), v.maxLength(MAX_LEVELS)),
  }),
  v.check(({ compactions, levels }) => compactions.length === levels.length, 'levels and their counts differ'),
  v.check(({ extremes, levels }) => areWithin(extremes, levels), 'values are not between their extremes'),
);
/** Plain JSON. */
export type QuantileSketchState = v.InferOutput<typeof stateSchema>;
export const quantileSketchSchema: v.GenericSchema<unknown, QuantileSketchState> = stateSchema;

/** @throws CHECKPOINT_CORRUPT */
export function parseQuantileSketch(state: unknown): QuantileSketchState {
  return parseState(stateSchema, state, 'quantile sketch');
}

function areWithin(extremes: readonly number[], levels: readonly (readonly number[])[]): boolean {
  const [min, max] = extremes;
  if (min === undefined || max === undefined)
    return extremes.length === 0 && levels.every(({ length }) => length === 0);
  return levels.some(({ length }) => length > 0) && levels.flat().every((value) => value >= min && value <= max);
}
