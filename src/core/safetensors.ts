import { TendrilError } from '../errors.ts';
import {
  corrupt,
  isUnicode,
  maxHeaderBytes,
  parseHeader,
  type SafetensorsHeader,
  type TensorInfo,
} from './safetensors-header.ts';
import { holdsItsShape, safetensorsDtypes, tensorOver, type SafetensorsTensor } from './safetensors-tensor.ts';

export type { SafetensorsDtype, SafetensorsTensor } from './safetensors-tensor.ts';

/*
 * The safetensors format: 8 bytes, little-endian, length of the header; the header, JSON padded with spaces to a
 * multiple of 8; the data, little-endian and row-major. Typed arrays are little-endian wherever browsers and Node run.
 */
const lengthBytes = 8;
const alignment = 8;

const encoder = new TextEncoder();
/** `ignoreBOM` keeps a byte order mark in the text, where it is refused. */
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export type NamedTensors = ReadonlyMap<string, SafetensorsTensor> | Readonly<Record<string, SafetensorsTensor>>;

export interface Safetensors {
  /** In the order of their data in the file. */
  readonly tensors: Map<string, SafetensorsTensor<ArrayBuffer>>;
  readonly metadata: Record<string, string>;
}

/**
 * Equal input gives equal bytes, whatever the order of its keys. Tensors are laid out as the reference writer does:
 * by alignment, then by name.
 * @throws INVALID_DATA when a tensor does not have the elements its shape asks for, or a name cannot be written
 */
export function encodeSafetensors(
  tensors: NamedTensors,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array<ArrayBuffer> {
  const entries = [...(isMap(tensors) ? tensors : Object.entries(tensors))].sort(byLayout);
  entries.forEach(requireWritable);
  const header = encodeHeader(entries, metadata);
  const dataBytes = entries.reduce((sum, [, { data }]) => sum + data.byteLength, 0);
  const bytes = new Uint8Array(lengthBytes + header.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(header.length), true);
  bytes.set(header, lengthBytes);
  let position = lengthBytes + header.length;
  for (const [, { data }] of entries) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), position);
    position += data.byteLength;
  }
  return bytes;
}

/**
 * The tensors are views of `bytes` where the alignment allows it: who goes on to change either copies first.
 * @throws CHECKPOINT_CORRUPT for everything that is not a complete, well-formed file
 */
export function decodeSafetensors(bytes: Uint8Array<ArrayBuffer>): Safetensors {
  const headerEnd = lengthBytes + headerLength(bytes);
  const header: SafetensorsHeader = parseHeader(headerText(bytes, headerEnd), bytes.length - headerEnd);
  const tensorAt = ({ dtype, shape, begin, end }: TensorInfo): SafetensorsTensor<ArrayBuffer> =>
    tensorOver(dtype, shape, bytes.subarray(headerEnd + begin, headerEnd + end));
  return {
    tensors: new Map(header.tensors.map((info) => [info.name, tensorAt(info)])),
    metadata: header.metadata,
  };
}

type Entry = readonly [name: string, tensor: SafetensorsTensor];

function byLayout([nameA, a]: Entry, [nameB, b]: Entry): number {
  return safetensorsDtypes.indexOf(a.dtype) - safetensorsDtypes.indexOf(b.dtype) || byCodePoint(nameA, nameB);
}

/** The order of UTF-8 bytes, which is that of the reference writer; `<` orders by UTF-16 units. */
function byCodePoint(a: string, b: string): number {
  const [left, right] = [encoder.encode(a), encoder.encode(b)];
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

function requireWritable([name, tensor]: Entry): void {
  const refuse = (reason: string): TendrilError =>
    new TendrilError('INVALID_DATA', { reason: `tensor "${name}" ${reason}` });
  if (name === '__metadata__') throw refuse('has a name that the format keeps for itself');
  if (!holdsItsShape(tensor)) throw refuse(`does not hold ${tensor.dtype} [${tensor.shape.join(', ')}]`);
}

function encodeHeader(entries: readonly Entry[], metadata: Readonly<Record<string, string>>): Uint8Array {
  const pairs = Object.entries(metadata).sort(([a], [b]) => byCodePoint(a, b));
  const fields =
    pairs.length > 0 ? [`"__metadata__":{${pairs.map(([key, value]) => field(key, value)).join(',')}}`] : [];
  let begin = 0;
  for (const [name, { dtype, shape, data }] of entries) {
    fields.push(field(name, { dtype, shape, data_offsets: [begin, begin + data.byteLength] }));
    begin += data.byteLength;
  }
  return padded(encoder.encode(`{${fields.join(',')}}`));
}

/** @throws INVALID_DATA */
function field(name: string, value: unknown): string {
  if (!isUnicode(name) || (typeof value === 'string' && !isUnicode(value))) {
    throw new TendrilError('INVALID_DATA', { reason: `${JSON.stringify(name)} is not Unicode text, or its value` });
  }
  return `${JSON.stringify(name)}:${JSON.stringify(value)}`;
}

function padded(header: Uint8Array): Uint8Array {
  const length = Math.ceil(header.length / alignment) * alignment;
  if (length > maxHeaderBytes) throw new TendrilError('INVALID_DATA', { reason: `a header of ${length} bytes` });
  const result = new Uint8Array(length).fill(0x20);
  result.set(header);
  return result;
}

function headerLength(bytes: Uint8Array<ArrayBuffer>): number {
  if (bytes.length < lengthBytes) throw corrupt(`${bytes.length} bytes are too few for a file`);
  const length = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  if (length > BigInt(maxHeaderBytes)) throw corrupt(`a header of ${length} bytes`);
  if (length > BigInt(bytes.length - lengthBytes)) throw corrupt(`the file ends within its header of ${length} bytes`);
  return Number(length);
}

function headerText(bytes: Uint8Array<ArrayBuffer>, headerEnd: number): string {
  if (bytes[lengthBytes] !== 0x7b || headerEnd === lengthBytes) throw corrupt('the header does not start with {');
  try {
    return decoder.decode(bytes.subarray(lengthBytes, headerEnd));
  } catch (error) {
    throw corrupt('the header is not UTF-8', error);
  }
}

/** `instanceof Map` alone would make the entries `any`. */
function isMap(tensors: NamedTensors): tensors is ReadonlyMap<string, SafetensorsTensor> {
  return tensors instanceof Map;
}
