import * as v from 'valibot';
import { parameterCount, type NetworkSpec, type NetworkState } from '../compute/compute.ts';
import type { ReplayState } from '../continual/experience-replay.ts';
import { decodeSafetensors, encodeSafetensors, type Safetensors, type SafetensorsTensor } from '../core/safetensors.ts';
import { reasonOf, TendrilError } from '../errors.ts';
import { featureState } from '../learners/feature-encoder.ts';
import type { LearnerState } from '../learners/learner.ts';
import { parameterSlices } from './parameter-slices.ts';

/** A model at one moment: weights, optimizer, feature state, replay buffer and rng, and the log position learned up to. */
export interface Checkpoint {
  readonly taskId: string;
  readonly schemaHash: string;
  readonly seed: number;
  readonly learner: LearnerState;
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
  readonly spec: NetworkSpec;
}

const FORMAT = 'tendril-checkpoint/1';

const optimizer = v.object({
  learningRate: v.number(),
  beta1: v.number(),
  beta2: v.number(),
  epsilon: v.number(),
  weightDecay: v.number(),
});
const size = (min: number, max: number) => v.pipe(v.number(), v.integer(), v.minValue(min), v.maxValue(max));
const networkSpec = v.object({
  inputSize: size(1, 1 << 20),
  hiddenSize: size(0, 4096),
  outputSize: size(1, 4096),
  loss: v.picklist(['softmax-cross-entropy', 'logistic', 'squared']),
  optimizer,
  batchSize: size(1, 4096),
});
const replayState = v.object({
  buffer: v.object({ keys: v.array(size(1, Number.MAX_SAFE_INTEGER)), seen: size(0, Number.MAX_SAFE_INTEGER) }),
  rng: v.pipe(v.array(size(-(2 ** 31), 2 ** 31 - 1)), v.length(4)),
});
const header = v.object({
  format: v.literal(FORMAT),
  taskId: v.string(),
  schemaHash: v.string(),
  seed: v.number(),
  spec: networkSpec,
  features: featureState,
  classes: v.array(v.string()),
  step: size(0, Number.MAX_SAFE_INTEGER),
  replay: v.nullable(replayState),
  learnedTo: size(0, Number.MAX_SAFE_INTEGER),
  modelVersion: v.nullable(v.number()),
});

/** One safetensors file: weights under their names, Adam's moments as flat vectors, the rest as JSON in `__metadata__`. */
export function encodeCheckpoint(checkpoint: Checkpoint): Uint8Array<ArrayBuffer> {
  const { learner, ...rest } = checkpoint;
  const { spec, features, classes, network } = learner;
  const tensors = new Map<string, SafetensorsTensor>([
    ...parameterSlices(spec).map(
      ({ name, shape, start, length }) => [name, f32(network.parameters.slice(start, start + length), shape)] as const,
    ),
    ['adam.first_moment', f32(network.firstMoment)],
    ['adam.second_moment', f32(network.secondMoment)],
  ]);
  const fields: v.InferInput<typeof header> = {
    format: FORMAT,
    ...jsonCopy(rest),
    spec,
    features,
    classes: [...classes],
    step: network.step,
  };
  return encodeSafetensors(
    tensors,
    Object.fromEntries(Object.entries(fields).map(([key, value]) => [`tendril.${key}`, JSON.stringify(value)])),
  );
}

function f32(data: Float32Array<ArrayBuffer>, shape: readonly number[] = [data.length]): SafetensorsTensor {
  return { dtype: 'F32', shape: [...shape], data };
}

function jsonCopy(rest: Omit<Checkpoint, 'learner'>) {
  const replay = rest.replay && {
    buffer: { keys: [...rest.replay.buffer.keys], seen: rest.replay.buffer.seen },
    rng: [...rest.replay.rng],
  };
  return { ...rest, replay };
}

/**
 * @throws CHECKPOINT_CORRUPT when the bytes are not a checkpoint, or hold a number that is not finite
 * @throws CHECKPOINT_INCOMPATIBLE when it is a checkpoint of another task or schema
 */
export function decodeCheckpoint(bytes: Uint8Array<ArrayBuffer>, expected: ExpectedCheckpoint): Checkpoint {
  const { tensors, metadata } = decodeSafetensors(bytes);
  const fields = parseHeader(metadata);
  requireSame(fields, expected, ['taskId', 'schemaHash']);
  requireSame(fields.spec, expected.spec, ['inputSize', 'hiddenSize', 'loss']);
  if (fields.spec.loss === 'logistic') requireSame(fields.spec, expected.spec, ['outputSize']);
  if (fields.classes.length > fields.spec.outputSize) throw corrupt('more classes than outputs');
  const { spec, features, classes, step, taskId, schemaHash, seed, replay, learnedTo, modelVersion } = fields;
  const network = parseNetwork(tensors, spec, step);
  return { taskId, schemaHash, seed, replay, learnedTo, modelVersion, learner: { spec, features, classes, network } };
}

function requireSame<T extends object>(
  found: T,
  expected: { readonly [K in keyof T]?: T[K] },
  keys: (keyof T & string)[],
): void {
  const different = keys.find((key) => found[key] !== expected[key]);
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

function parseNetwork(tensors: Safetensors['tensors'], spec: LearnerState['spec'], step: number): NetworkState {
  const total = parameterCount(spec);
  // Read first: they show that the file is as large as it claims, before anything of that size is made.
  const firstMoment = floats(tensors, 'adam.first_moment', total);
  const secondMoment = floats(tensors, 'adam.second_moment', total);
  if (secondMoment.some((value) => value < 0)) throw corrupt('a mean of squares is negative');
  const parameters = new Float32Array(total);
  for (const { name, start, length } of parameterSlices(spec)) parameters.set(floats(tensors, name, length), start);
  return { parameters, firstMoment, secondMoment, step };
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
