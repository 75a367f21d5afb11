import * as v from 'valibot';
import { isJson } from '../core/json.ts';
import type { Json, PartState, StateTensor } from '../core/part-state.ts';
import type { Safetensors, SafetensorsTensor } from '../core/safetensors.ts';
import { TendrilError } from '../errors.ts';

type Parts = Readonly<Record<string, PartState>>;

/** `part/<part>/<tensor>`: a part's name has no slash, a tensor's may. */
const PREFIX = 'part/';

/** What the metadata keeps of the parts: their small values. Written for every part, so that one without arrays is not lost. */
export const partValues = v.record(v.string(), v.record(v.string(), v.custom<Json>(isJson)));

export function valuesOfParts(parts: Parts): v.InferOutput<typeof partValues> {
  return Object.fromEntries(Object.entries(parts).map(([name, { values }]) => [name, { ...values }]));
}

/** Tensors of all parts, named `part/<part>/<tensor>`. */
export function tensorsOfParts(parts: Parts): [string, SafetensorsTensor][] {
  return Object.entries(parts).flatMap(([name, { tensors }]) =>
    Object.entries(tensors).map(([key, data]): [string, SafetensorsTensor] => [
      `${PREFIX}${name}/${key}`,
      asTensor(data),
    ]),
  );
}

function asTensor(data: StateTensor): SafetensorsTensor {
  const shape = [data.length];
  if (data instanceof Float32Array) return { dtype: 'F32', shape, data };
  if (data instanceof Float64Array) return { dtype: 'F64', shape, data };
  if (data instanceof Int32Array) return { dtype: 'I32', shape, data };
  return { dtype: 'U8', shape, data };
}

/** Puts the parts together again. What they mean is for the part to check when it restores. @throws CHECKPOINT_CORRUPT */
export function partsFrom(tensors: Safetensors['tensors'], values: v.InferOutput<typeof partValues>): Parts {
  const arrays: Record<string, Record<string, StateTensor>> = {};
  for (const [name, tensor] of tensors) {
    if (!name.startsWith(PREFIX)) continue;
    const cut = name.indexOf('/', PREFIX.length);
    const part = name.slice(PREFIX.length, cut);
    if (!(part in values)) throw new TendrilError('CHECKPOINT_CORRUPT', { reason: `part ${part} has no values` });
    (arrays[part] ??= {})[name.slice(cut + 1)] = asStateTensor(name, tensor);
  }
  return Object.fromEntries(
    Object.entries(values).map(([name, own]) => [name, { tensors: arrays[name] ?? {}, values: own }]),
  );
}

/** A copy, because parts go on in place, and aligned to its own buffer. */
function asStateTensor(name: string, { dtype, data }: SafetensorsTensor): StateTensor {
  if (dtype === 'F32') return Float32Array.from(data);
  if (dtype === 'F64') return Float64Array.from(data);
  if (dtype === 'I32') return Int32Array.from(data);
  if (dtype === 'U8') return Uint8Array.from(data);
  throw new TendrilError('CHECKPOINT_CORRUPT', { reason: `tensor ${name} is of type ${dtype}` });
}
