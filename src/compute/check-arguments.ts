import type { Anchor, BackendName, Batch, NetworkSpec, NetworkState } from './compute.ts';
import { computeFailed } from './compute-failed.ts';
import { hasFirstMoment, hasSecondMoment } from './optimizers.ts';
import { parameterCount } from './parameter-layout.ts';
import { trainingRows } from './training-rows.ts';

/** Throws COMPUTE_FAILED unless `inputs` has the shape that `rows` asks for: a wrong shape would be read as other rows. */
export function checkInputs(backend: BackendName, spec: NetworkSpec, inputs: Float32Array, rows: number): void {
  if (!Number.isInteger(rows) || rows < 0) fail(backend, `rows must be a whole number, not ${rows}`);
  checkLength(backend, 'inputs', inputs, rows * spec.inputSize);
}

/** Throws COMPUTE_FAILED unless every part of the batch has the size that the network was made for. */
export function checkBatch(backend: BackendName, spec: NetworkSpec, batch: Batch): void {
  const rows = batch.weights.length;
  if (rows !== spec.batchSize && !trainingRows.includes(rows)) fail(backend, `a batch cannot have ${rows} rows`);
  checkLength(backend, 'inputs', batch.inputs, rows * spec.inputSize);
  checkLength(backend, 'targets', batch.targets, rows * spec.outputSize);
  checkLength(backend, 'outputMask', batch.outputMask, spec.outputSize);
  if (batch.rowMask) checkLength(backend, 'rowMask', batch.rowMask, rows * spec.outputSize);
  if (batch.anchor) checkAnchor(backend, spec, batch.anchor);
  if (!batch.logits) return;
  checkLength(backend, 'logits.targets', batch.logits.targets, rows * spec.outputSize);
  checkLength(backend, 'logits.weights', batch.logits.weights, rows * spec.outputSize);
}

function checkAnchor(backend: BackendName, spec: NetworkSpec, { importance, parameters }: Anchor): void {
  checkLength(backend, 'anchor.importance', importance, parameterCount(spec));
  checkLength(backend, 'anchor.parameters', parameters, parameterCount(spec));
}

/** Throws COMPUTE_FAILED unless there can be such a network, and the state's vectors have the lengths that it and its optimizer ask for. */
export function checkState(backend: BackendName, spec: NetworkSpec, state: NetworkState): void {
  const { inputSize, hiddenSizes, outputSize, batchSize, wide, optimizer } = spec;
  for (const size of [inputSize, ...hiddenSizes, outputSize, batchSize])
    if (!Number.isInteger(size) || size < 1) fail(backend, `a network cannot have a size of ${size}`);
  if (!wide && hiddenSizes.length === 0) fail(backend, 'a network without hidden layers must be wide');
  const expected = parameterCount(spec);
  checkLength(backend, 'parameters', state.parameters, expected);
  checkLength(backend, 'firstMoment', state.firstMoment, hasFirstMoment(optimizer) ? expected : 0);
  checkLength(backend, 'secondMoment', state.secondMoment, hasSecondMoment(optimizer) ? expected : 0);
}

function checkLength(backend: BackendName, name: string, values: Float32Array, expected: number): void {
  if (values.length !== expected) fail(backend, `${name} has ${values.length} entries instead of ${expected}`);
}

function fail(backend: BackendName, reason: string): never {
  throw computeFailed(backend, reason);
}
