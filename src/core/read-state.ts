import type { PartState, StateTensor } from './part-state.ts';
import { TendrilError } from '../errors.ts';

/** Reading states that may have been damaged: everything has the type, length and finiteness that it should, or it throws CHECKPOINT_CORRUPT. */

interface TensorTypes {
  f32: Float32Array<ArrayBuffer>;
  f64: Float64Array<ArrayBuffer>;
  i32: Int32Array<ArrayBuffer>;
}
const constructors = { f32: Float32Array, f64: Float64Array, i32: Int32Array } as const;

/** A copy of a tensor. @param length exactly this many values */
export function readTensor<T extends keyof TensorTypes>(
  state: PartState,
  name: string,
  type: T,
  length: number,
): TensorTypes[T] {
  const tensor: StateTensor | undefined = Object.hasOwn(state.tensors, name) ? state.tensors[name] : undefined;
  if (!(tensor instanceof constructors[type])) throw corrupt(`${name} is missing or has another type`);
  if (tensor.length !== length) throw corrupt(`${name} has ${tensor.length} values instead of ${length}`);
  for (let i = 0; i < tensor.length; i++) {
    if (!Number.isFinite(tensor[i])) throw corrupt(`${name} has a value that is not finite`);
  }
  return tensor.slice() as TensorTypes[T];
}

export function readNumber(state: PartState, name: string, least: number, most: number): number {
  const value = Object.hasOwn(state.values, name) ? state.values[name] : undefined;
  if (typeof value !== 'number' || !(value >= least && value <= most))
    throw corrupt(`${name} is not a number in range`);
  return value;
}

export function readCount(state: PartState, name: string, least: number, most: number): number {
  const value = readNumber(state, name, least, most);
  if (!Number.isInteger(value)) throw corrupt(`${name} is not a whole number`);
  return value;
}

/** The numbers of a random number generator. */
export function readRngState(state: PartState, name: string): number[] {
  const value = Object.hasOwn(state.values, name) ? state.values[name] : undefined;
  if (!Array.isArray(value) || value.length !== 4) throw corrupt(`${name} is no state of random numbers`);
  return value.map((part: unknown) => {
    if (typeof part !== 'number' || !Number.isInteger(part)) throw corrupt(`${name} is no state of random numbers`);
    return part;
  });
}

/** The part `name.` of a state that holds several. */
export function partOfState(state: PartState, name: string): PartState {
  const pick = <T>(record: Readonly<Record<string, T>>): Record<string, T> =>
    Object.fromEntries(
      Object.entries(record)
        .filter(([key]) => key.startsWith(`${name}.`))
        .map(([key, value]) => [key.slice(name.length + 1), value]),
    );
  return { tensors: pick(state.tensors), values: pick(state.values) };
}

/** The inverse of {@link partOfState}. */
export function joinStates(parts: Readonly<Record<string, PartState>>): PartState {
  const join = <T>(pick: (state: PartState) => Readonly<Record<string, T>>): Record<string, T> =>
    Object.fromEntries(
      Object.entries(parts).flatMap(([name, state]) =>
        Object.entries(pick(state)).map(([key, value]) => [`${name}.${key}`, value]),
      ),
    );
  return { tensors: join((state) => state.tensors), values: join((state) => state.values) };
}

export function corrupt(reason: string): TendrilError {
  return new TendrilError('CHECKPOINT_CORRUPT', { reason });
}
