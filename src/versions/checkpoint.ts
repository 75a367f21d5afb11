import * as v from 'valibot';
import type { NetworkSpec, OptimizerSpec } from '../compute/compute.ts';
import { hasFirstMoment, hasSecondMoment } from '../compute/optimizers.ts';
import { parameterCount } from '../compute/parameter-layout.ts';
import type { ReplayState } from '../continual/replay-state.ts';
import type { Json, PartState } from '../core/part-state.ts';
import { decodeSafetensors, encodeSafetensors, type Safetensors, type SafetensorsTensor } from '../core/safetensors.ts';
import { reasonOf, TendrilError } from '../errors.ts';
import { featureState } from '../learners/feature-encoder.ts';
import type { ModelState, NetworkPart } from '../learners/model-state.ts';
import { parameterSlices } from './parameter-slices.ts';
import { partsFrom, partValues, tensorsOfParts, valuesOfParts } from './part-tensors.ts';
import { specToStore, storedSpec } from './stored-spec.ts';

/** A model at one moment: all its parts, feature state, replay buffer, and the log position learned up to. */
export interface Checkpoint {
  readonly taskId: string;
  readonly schemaHash: string;
  readonly seed: number;
  readonly model: ModelState;
  /** null in a published checkpoint: it refers to this device's log. */
  readonly replay: ReplayState | null;
  readonly learnedTo: number;
  /** The registry's number that this model descends from. */
  readonly modelVersion: number | null;
}

/** What a checkpoint must be of, to be of use. */
export interface ExpectedCheckpoint {
  readonly taskId: string;
  readonly schemaHash: string;
  /** As the task asks for it now; defaults may have changed since. A classifier may have more outputs by now. */
  readonly spec: NetworkSpec | null;
}

/** Where a version comes from; written into its file, for whoever inspects it. */
export interface Provenance {
  /** Digest of the version before it; null for the first. */
  readonly parent: string | null;
  /** Log positions that it has learned beyond its parent: after the first, up to the second. */
  readonly trainingRange: readonly [after: number, upTo: number];
  /** Experiences that it has learned, its parents' included. */
  readonly learned: number;
  /** Measured on experiences before they were learned. */
  readonly metrics: Readonly<Record<string, number>>;
  /** As the task declares it; null where it declares none. */
  readonly rewardFormula: Json;
  readonly codeVersion: string;
}

const FORMAT = 'tendril-checkpoint/2';
/** The replay buffer is stored like a part of the model, under a name that no part has. */
const REPLAY = 'replay';

const size = (min: number, max: number) => v.pipe(v.number(), v.integer(), v.minValue(min), v.maxValue(max));
const header = v.object({
  format: v.literal(FORMAT),
  taskId: v.string(),
  schemaHash: v.string(),
  seed: v.number(),
  /** null for a model without a network. */
  network: v.nullable(v.object({ spec: storedSpec, step: size(0, Number.MAX_SAFE_INTEGER) })),
  features: featureState,
  classes: v.array(v.string()),
  parts: partValues,
  /** Log positions of what is rehearsed; null where nothing is, or where it stayed on the device. */
  replayKeys: v.nullable(v.array(size(1, Number.MAX_SAFE_INTEGER))),
  learnedTo: size(0, Number.MAX_SAFE_INTEGER),
  modelVersion: v.nullable(v.number()),
});

/** One safetensors file: the network's weights under their names, the optimizer's moments as flat vectors, other parts as `part/…`, the rest as JSON in `__metadata__`. */
export function encodeCheckpoint(checkpoint: Checkpoint, provenance?: Provenance): Uint8Array<ArrayBuffer> {
  const { taskId, schemaHash, seed, learnedTo, modelVersion, replay } = checkpoint;
  const { features, classes, network } = checkpoint.model;
  const parts = { ...checkpoint.model.parts, ...(replay && { [REPLAY]: replay.part }) };
  const fields: v.InferInput<typeof header> = {
    ...{ format: FORMAT, taskId, schemaHash, seed, learnedTo, modelVersion },
    ...{ features, classes: [...classes] },
    network: network && { spec: specToStore(network.spec), step: network.state.step },
    parts: valuesOfParts(parts),
    replayKeys: replay && [...replay.keys],
  };
  return encodeSafetensors(
    new Map([...(network ? networkTensors(network) : []), ...tensorsOfParts(parts)]),
    Object.fromEntries(
      Object.entries({ ...fields, ...(provenance && { provenance }) }).map(([key, value]) => [
        `tendril.${key}`,
        JSON.stringify(value),
      ]),
    ),
  );
}

function networkTensors({ spec, state }: NetworkPart): [string, SafetensorsTensor][] {
  return [
    ...parameterSlices(spec).map(({ name, shape, start, length }): [string, SafetensorsTensor] => [
      name,
      f32(state.parameters.slice(start, start + length), shape),
    ]),
    ...momentNames(spec.optimizer).map(([name, moment]): [string, SafetensorsTensor] => [name, f32(state[moment])]),
  ];
}

/** The moments that an optimizer has, and what they are called in a file. */
function momentNames(optimizer: OptimizerSpec): [string, 'firstMoment' | 'secondMoment'][] {
  const names = {
    adam: ['adam.first_moment', 'adam.second_moment'],
    sgd: ['sgd.velocity', ''],
    adagrad: ['', 'adagrad.sum_of_squares'],
  } as const;
  const [first, second] = names[optimizer.kind];
  return [
    ...(hasFirstMoment(optimizer) ? [[first, 'firstMoment'] as [string, 'firstMoment']] : []),
    ...(hasSecondMoment(optimizer) ? [[second, 'secondMoment'] as [string, 'secondMoment']] : []),
  ];
}

function f32(data: Float32Array<ArrayBuffer>, shape: readonly number[] = [data.length]): SafetensorsTensor {
  return { dtype: 'F32', shape: [...shape], data };
}

/**
 * @throws CHECKPOINT_CORRUPT when the bytes are not a checkpoint, or hold a number that is not finite
 * @throws CHECKPOINT_INCOMPATIBLE when it is a checkpoint of another task or schema
 */
export function decodeCheckpoint(bytes: Uint8Array<ArrayBuffer>, expected: ExpectedCheckpoint): Checkpoint {
  const { tensors, metadata } = decodeSafetensors(bytes);
  const fields = parseHeader(metadata);
  requireSame(fields, expected, ['taskId', 'schemaHash']);
  requireSameNetwork(fields, expected.spec);
  const { taskId, schemaHash, seed, learnedTo, modelVersion, features, classes, replayKeys } = fields;
  const network = fields.network && parseNetwork(tensors, fields.network);
  const { [REPLAY]: replayPart, ...parts } = partsFrom(tensors, fields.parts);
  const replay = parseReplay(replayKeys, replayPart);
  return { taskId, schemaHash, seed, learnedTo, modelVersion, replay, model: { features, classes, network, parts } };
}

function parseReplay(keys: readonly number[] | null, part: PartState | undefined): ReplayState | null {
  if (keys !== null && part) return { keys, part };
  if (keys === null && !part) return null;
  throw corrupt('of the replay buffer there is only a part');
}

function requireSameNetwork({ network, classes }: v.InferOutput<typeof header>, expected: NetworkSpec | null): void {
  if (!network || !expected) {
    if (Boolean(network) === Boolean(expected)) return;
    throw new TendrilError('CHECKPOINT_INCOMPATIBLE', { reason: 'one has a network and the other has none' });
  }
  requireSame(network.spec, expected, ['inputSize', 'hiddenSizes', 'wide', 'loss']);
  if (network.spec.loss === 'logistic') requireSame(network.spec, expected, ['outputSize']);
  // The settings of the optimizer may differ, but what it keeps must be of the same kind.
  const kept = ({ optimizer }: NetworkSpec) => ({ moments: momentNames(optimizer).map(([name]) => name) });
  requireSame(kept(network.spec), kept(expected), ['moments']);
  if (classes.length > network.spec.outputSize) throw corrupt('more classes than outputs');
}

function requireSame<T extends object>(
  found: T,
  expected: { readonly [K in keyof T]?: T[K] },
  keys: (keyof T & string)[],
): void {
  // As text, because sizes of layers are a list.
  const different = keys.find((key) => String(found[key]) !== String(expected[key]));
  if (different === undefined) return;
  const reason = `its ${different} is ${String(found[different])}, ${String(expected[different])} is needed`;
  throw new TendrilError('CHECKPOINT_INCOMPATIBLE', { reason });
}

function parseHeader(metadata: Readonly<Record<string, string>>): v.InferOutput<typeof header> {
  const entries = Object.keys(header.entries).map((key) => [key, parseJson(metadata[`tendril.${key}`])]);
  const result = v.safeParse(header, Object.fromEntries(entries));
  if (!result.success) throw corrupt(v.summarize(result.issues));
  return result.output;
}

function parseJson(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch (caught) {
    throw corrupt(`metadata is not JSON: ${reasonOf(caught)}`);
  }
}

function parseNetwork(
  tensors: Safetensors['tensors'],
  { spec, step }: { spec: NetworkSpec; step: number },
): NetworkPart {
  const total = parameterCount(spec);
  // Read first: they show that the file is as large as it claims, before anything of that size is made.
  const moments = { firstMoment: new Float32Array(0), secondMoment: new Float32Array(0) };
  for (const [name, moment] of momentNames(spec.optimizer)) moments[moment] = floats(tensors, name, total);
  if (moments.secondMoment.some((value) => value < 0)) throw corrupt('a mean of squares is negative');
  const parameters = new Float32Array(total);
  for (const { name, start, length } of parameterSlices(spec)) parameters.set(floats(tensors, name, length), start);
  return { spec, state: { parameters, ...moments, step } };
}

function floats(tensors: Safetensors['tensors'], name: string, length: number): Float32Array<ArrayBuffer> {
  const tensor = tensors.get(name);
  if (tensor?.dtype !== 'F32') throw corrupt(`tensor ${name} is missing or not F32`);
  const { data } = tensor;
  if (data.length !== length) throw corrupt(`tensor ${name} has ${data.length} numbers instead of ${length}`);
  if (!data.every(Number.isFinite)) throw corrupt(`tensor ${name} holds a number that is not finite`);
  return data;
}

function corrupt(reason: string): TendrilError {
  return new TendrilError('CHECKPOINT_CORRUPT', { reason });
}
