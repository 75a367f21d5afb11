import type { Rng } from '../../src/core/rng.ts';
import { decodeSafetensors, encodeSafetensors, type SafetensorsTensor } from '../../src/core/safetensors.ts';

type Bytes = Uint8Array<ArrayBuffer>;
type Tensors = Map<string, SafetensorsTensor>;

/** One way to spoil a stored model. */
export interface Defect {
  readonly name: string;
  /** Whether the file is given the name that fits what is in it now: its SHA-256. */
  readonly renames: boolean;
  readonly spoil: (bytes: Bytes, rng: Rng) => Bytes;
}

function rewritten(change: (tensors: Tensors, metadata: Record<string, string>, rng: Rng) => void): Defect['spoil'] {
  return (bytes, rng) => {
    const file = decodeSafetensors(bytes);
    const [tensors, metadata] = [new Map(file.tensors), { ...file.metadata }];
    change(tensors, metadata, rng);
    return encodeSafetensors(tensors, metadata);
  };
}

/** A tensor of real numbers that is not empty. */
function realTensor(
  tensors: Tensors,
  rng: Rng,
): [string, SafetensorsTensor & { readonly data: Float32Array | Float64Array }] {
  const real = [...tensors].filter(([, { dtype, data }]) => (dtype === 'F32' || dtype === 'F64') && data.length > 0);
  return real[rng.nextInt(real.length)] as ReturnType<typeof realTensor>;
}

function notFinite(value: number): Defect['spoil'] {
  return rewritten((tensors, _, rng) => {
    const [name, tensor] = realTensor(tensors, rng);
    const data = tensor.data.slice();
    data[rng.nextInt(data.length)] = value;
    tensors.set(name, { ...tensor, data } as SafetensorsTensor);
  });
}

const wrongShape = rewritten((tensors, _, rng) => {
  const [name, tensor] = realTensor(tensors, rng);
  const data = tensor.data.slice(0, rng.nextInt(tensor.data.length));
  tensors.set(name, { ...tensor, shape: [data.length], data } as SafetensorsTensor);
});

export const defects: readonly Defect[] = [
  { name: 'NaN', renames: true, spoil: notFinite(NaN) },
  { name: 'an infinite number', renames: true, spoil: notFinite(Infinity) },
  { name: 'a wrong shape', renames: true, spoil: wrongShape },
  {
    name: 'another schema',
    renames: true,
    spoil: rewritten((_, metadata, rng) => {
      metadata['tendril.schemaHash'] = JSON.stringify(rng.nextInt(2 ** 31).toString(16));
    }),
  },
  {
    name: 'another task',
    renames: true,
    spoil: rewritten((_, metadata) => {
      metadata['tendril.taskId'] = '"other"';
    }),
  },
  {
    name: 'a flipped bit',
    renames: false,
    spoil: (bytes, rng) => {
      const spoilt = bytes.slice();
      spoilt[rng.nextInt(spoilt.length)]! ^= 1 << rng.nextInt(8);
      return spoilt;
    },
  },
  { name: 'cut off', renames: false, spoil: (bytes, rng) => bytes.slice(0, rng.nextInt(bytes.length)) },
  {
    name: 'cut off, with a name that fits',
    renames: true,
    spoil: (bytes, rng) => bytes.slice(0, rng.nextInt(bytes.length)),
  },
];
