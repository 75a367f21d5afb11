import type { Json, PartState, StateTensor } from '../../core/part-state.ts';
import { corrupt } from '../../core/read-state.ts';

/** A tensor of a restored state, checked and copied. @throws CHECKPOINT_CORRUPT when it is absent, of another type or length, or not finite */
export function readTensor<T extends StateTensor>(state: PartState, name: string, like: T): T {
  const tensor = Object.hasOwn(state.tensors, name) ? state.tensors[name] : undefined;
  if (tensor?.constructor !== like.constructor) throw corrupt(`tensor "${name}" is not of the type that was stored`);
  if (tensor.length !== like.length) throw corrupt(`tensor "${name}" has ${tensor.length} values, not ${like.length}`);
  if (!tensor.every(Number.isFinite)) throw corrupt(`tensor "${name}" is not finite`);
  return tensor.slice() as T;
}

/** Small values that a part keeps together under one name. @throws CHECKPOINT_CORRUPT */
export function readRecord(state: PartState, name: string): Readonly<Record<string, Json>> {
  const value = Object.hasOwn(state.values, name) ? state.values[name] : undefined;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw corrupt(`"${name}" is not an object`);
  return value as Readonly<Record<string, Json>>;
}

/** @throws CHECKPOINT_CORRUPT unless `holds` */
export function requireState(holds: boolean, reason: string): void {
  if (!holds) throw corrupt(reason);
}
