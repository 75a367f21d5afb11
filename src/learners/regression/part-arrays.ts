import type { Json, PartState, StateTensor } from '../../core/part-state.ts';
import { Rng } from '../../core/rng.ts';
import { corrupt } from '../../core/read-state.ts';

/** The arrays that learning changes, by name. */
export type PartArrays = Readonly<Record<string, StateTensor>>;

/** A copy of `arrays` as the state of a part. */
export function copyArrays(arrays: PartArrays, values: Readonly<Record<string, Json>> = {}): PartState {
  return {
    tensors: Object.fromEntries(Object.entries(arrays).map(([name, array]) => [name, array.slice()])),
    values,
  };
}

/**
 * Copies a state into `arrays`, of which every one must be there with its type and length, and finite; nothing is written before all is checked.
 * @throws CHECKPOINT_CORRUPT
 */
export function restoreArrays(arrays: PartArrays, state: PartState): void {
  for (const [name, array] of Object.entries(arrays)) checkArray(name, array, state.tensors[name]);
  for (const [name, array] of Object.entries(arrays)) array.set(state.tensors[name] as StateTensor);
}

function checkArray(name: string, expected: StateTensor, given: StateTensor | undefined): void {
  if (given?.constructor !== expected.constructor) throw corrupt(`"${name}" is not there or of another type`);
  if (given.length !== expected.length) {
    throw corrupt(`"${name}" has ${given.length} numbers instead of ${expected.length}`);
  }
  if (!given.every(Number.isFinite)) throw corrupt(`"${name}" is not finite`);
}

/** @throws CHECKPOINT_CORRUPT unless `value` is a whole number in [min, max] */
export function checkWhole(name: string, value: number | undefined, min: number, max: number): void {
  if (!Number.isInteger(value) || (value as number) < min || (value as number) > max) {
    throw corrupt(`"${name}" is not a whole number from ${min} to ${max}`);
  }
}

/** @throws CHECKPOINT_CORRUPT unless `value` is the state of an {@link Rng} */
export function restoredRng(value: Json | undefined): Rng {
  if (Array.isArray(value) && value.length === 4 && value.every((part) => Number.isInteger(part))) {
    return Rng.fromState(value as number[]);
  }
  throw corrupt('"rng" is not the state of a random number generator');
}

/** One state out of the states of named parts. */
export function joinStates(parts: Readonly<Record<string, PartState>>): PartState {
  const tensors: Record<string, StateTensor> = {};
  const values: Record<string, Json> = {};
  for (const [part, state] of Object.entries(parts)) {
    for (const [name, tensor] of Object.entries(state.tensors)) tensors[`${part}/${name}`] = tensor;
    for (const [name, value] of Object.entries(state.values)) values[`${part}/${name}`] = value;
  }
  return { tensors, values };
}

/** The state of one part out of what {@link joinStates} made. */
export function partOfState(state: PartState, part: string): PartState {
  const prefix = `${part}/`;
  const own = <T>(record: Readonly<Record<string, T>>) =>
    Object.fromEntries(
      Object.entries(record)
        .filter(([name]) => name.startsWith(prefix))
        .map(([name, value]) => [name.slice(prefix.length), value]),
    );
  return { tensors: own(state.tensors), values: own(state.values) };
}
