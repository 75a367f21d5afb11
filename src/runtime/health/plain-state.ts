import * as v from 'valibot';
import type { Json, PartState } from '../../core/part-state.ts';
import { numberList, parseState } from '../../monitor/outcome/parse-state.ts';

const types = { f32: Float32Array, f64: Float64Array, i32: Int32Array } as const;
type TypeName = keyof typeof types;
const typeNames = Object.keys(types) as TypeName[];

const tensor = v.strictObject({ type: v.picklist(typeNames), values: numberList(() => true) });
const stateSchema = v.strictObject({
  tensors: v.record(v.string(), tensor),
  values: v.record(
    v.string(),
    v.custom<Json>((value) => value !== undefined),
  ),
});

/** The state of a part as plain JSON, so that everything about health is one record that can be read. */
export function plainState({ tensors, values }: PartState): Json {
  const plain = Object.entries(tensors).map(([name, values]): [string, Json] => {
    const type = typeNames.find((one) => values instanceof types[one]);
    return [name, { type: type ?? 'f64', values: [...values] }];
  });
  return { tensors: Object.fromEntries(plain), values };
}

/** The inverse of {@link plainState}. @throws INVALID_DATA */
export function partStateOf(state: unknown): PartState {
  const { tensors, values } = parseState(stateSchema, state, 'a detector');
  const typed = Object.entries(tensors).map(([name, { type, values }]) => [name, types[type].from(values)] as const);
  return { tensors: Object.fromEntries(typed), values };
}
