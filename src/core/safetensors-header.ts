import * as v from 'valibot';
import { TendrilError, reasonOf } from '../errors.ts';
import { duplicateKey } from './json-keys.ts';
import { bytesPerElement, elementCount, safetensorsDtypes } from './safetensors-tensor.ts';

/** Where the reference reader stops, too. */
export const maxHeaderBytes = 100_000_000;

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const tensorInfo = v.strictObject({
  dtype: v.picklist(safetensorsDtypes),
  shape: v.array(count),
  data_offsets: v.strictTuple([count, count]),
});

/** Place and form of one tensor; `begin` and `end` count bytes from the end of the header. */
export interface TensorInfo {
  readonly name: string;
  readonly dtype: v.InferOutput<typeof tensorInfo>['dtype'];
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

export interface SafetensorsHeader {
  /** In the order of their data. */
  readonly tensors: readonly TensorInfo[];
  readonly metadata: Record<string, string>;
}

export const corrupt = (reason: string, cause?: unknown): TendrilError =>
  new TendrilError('CHECKPOINT_CORRUPT', { reason }, { cause });

/**
 * @param text JSON text of the header
 * @param dataBytes how many bytes follow the header
 * @throws CHECKPOINT_CORRUPT
 */
export function parseHeader(text: string, dataBytes: number): SafetensorsHeader {
  const tensors: TensorInfo[] = [];
  let metadata: Record<string, string> = {};
  for (const [name, value] of Object.entries(parseObject(text))) {
    requireUnicode(name);
    if (name === '__metadata__') metadata = parseMetadata(value);
    else tensors.push(parseTensorInfo(name, value));
  }
  const twice = duplicateKey(text);
  if (twice !== null) throw corrupt(`the header names "${twice}" twice`);
  tensors.sort((a, b) => a.begin - b.begin || a.end - b.end);
  requireGapless(tensors, dataBytes);
  return { tensors, metadata };
}

function parseObject(text: string): object {
  try {
    return requireObject(JSON.parse(text), 'the header');
  } catch (error) {
    throw error instanceof TendrilError ? error : corrupt(`the header is not JSON: ${reasonOf(error)}`, error);
  }
}

function requireObject(value: unknown, what: string): object {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw corrupt(`${what} is not a JSON object`);
}

function parseMetadata(value: unknown): Record<string, string> {
  const entries = Object.entries(requireObject(value, '"__metadata__"')).map(([key, entry]: [string, unknown]) => {
    if (typeof entry !== 'string') throw corrupt(`metadata "${key}" is not a text`);
    requireUnicode(key + entry);
    return [key, entry] as const;
  });
  return Object.fromEntries(entries);
}

function parseTensorInfo(name: string, value: unknown): TensorInfo {
  const result = v.safeParse(tensorInfo, value, { abortEarly: true });
  if (!result.success) throw corrupt(`tensor "${name}": ${v.summarize(result.issues)}`);
  const { dtype, shape, data_offsets } = result.output;
  const [begin, end] = data_offsets;
  if (end - begin !== elementCount(shape) * bytesPerElement(dtype)) {
    throw corrupt(`tensor "${name}" of ${dtype} [${shape.join(', ')}] does not fit bytes ${begin} to ${end}`);
  }
  return { name, dtype, shape, begin, end };
}

/** A hole could hide bytes and an overlap could make two tensors one: neither is allowed by the format. */
function requireGapless(tensors: readonly TensorInfo[], dataBytes: number): void {
  let position = 0;
  for (const { name, begin, end } of tensors) {
    if (begin !== position) throw corrupt(`tensor "${name}" starts at byte ${begin}, not at ${position}`);
    position = end;
  }
  if (position !== dataBytes) throw corrupt(`the tensors take ${position} bytes and the file has ${dataBytes}`);
}

/** False for half a surrogate pair, which JSON can escape and readers that insist on Unicode refuse. */
export const isUnicode = (text: string): boolean => !/\p{Surrogate}/u.test(text);

function requireUnicode(text: string): void {
  if (!isUnicode(text)) throw corrupt('the header holds a text that is not Unicode');
}
