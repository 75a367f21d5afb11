import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ComputeBackend, OptimizerSpec } from '../../src/compute/compute.ts';
import { openBackend } from '../../src/compute/open-backend.ts';
import { parameterCount, parameterLayout } from '../../src/compute/parameter-layout.ts';
import { decodeSafetensors, type SafetensorsTensor } from '../../src/core/safetensors.ts';
import { TendrilError } from '../../src/errors.ts';
import {
  decodeCheckpoint,
  encodeCheckpoint,
  type Checkpoint,
  type ExpectedCheckpoint,
} from '../../src/versions/checkpoint.ts';
import { parameterSlices } from '../../src/versions/parameter-slices.ts';
import shallow from '../fixtures/checkpoint-shallow.json' with { type: 'json' };
import { learnedState, networkSpec } from '../conformance/compute-fixtures.ts';
import { learnedCheckpoint, rewritten, smallTask } from '../support/checkpoint.ts';
import { expectCode } from '../support/expect-code.ts';
import '../support/fixed-seed.ts';
import { parseTask } from '../../src/learners/task-schema.ts';
import { ClassificationModel } from '../../src/runtime/models/classification-model.ts';

let backend: ComputeBackend;
let whole: Checkpoint;
let checkpoint: Checkpoint;
let expected: ExpectedCheckpoint;
let bytes: Uint8Array<ArrayBuffer>;
beforeAll(async () => {
  backend = await openBackend('cpu');
  const learned = await learnedCheckpoint(backend);
  ({ expected } = learned);
  whole = learned.checkpoint;
  // Small enough to be damaged in every place: the network, and one part for all.
  const { combiner } = whole.model.parts;
  checkpoint = { ...whole, model: { ...whole.model, parts: { combiner: combiner! } } };
  bytes = encodeCheckpoint(checkpoint);
});
afterAll(() => backend.dispose());

function networkOf({ model }: Checkpoint) {
  if (!model.network) throw new Error('the model has no network');
  return model.network;
}
const decode = (given: Uint8Array<ArrayBuffer>) => decodeCheckpoint(given, expected);
const corrupt = (given: Uint8Array<ArrayBuffer>) => expectCode(() => decode(given), 'CHECKPOINT_CORRUPT');
const withMetadata = (key: string, value: string) => rewritten(bytes, (metadata) => (metadata[key] = value));

describe('a checkpoint', () => {
  it('comes back exactly', () => {
    expect(decode(encodeCheckpoint(whole))).toEqual(whole);
    expect(Object.keys(whole.model.parts).length).toBeGreaterThan(2);
    expect(whole.replay?.keys.length).toBeGreaterThan(0);
    expect(decode(bytes)).toEqual(checkpoint);
    expect(networkOf(decode(bytes)).state.parameters.some((value) => value !== 0)).toBe(true);
  });

  it('keeps every bit of the doubles in its feature state', () => {
    const finite = fc.double({ noNaN: true, noDefaultInfinity: true }).filter((value) => !Object.is(value, -0));
    fc.assert(
      fc.property(finite, finite, fc.nat(), (mean, spread, count) => {
        const features = { 'item.x': { count, mean, squares: Math.abs(spread) } };
        const stored = encodeCheckpoint({ ...checkpoint, model: { ...checkpoint.model, features } });
        expect(decode(stored).model.features).toEqual(features);
      }),
    );
  });

  it('gives the same bytes for the same state, also after it was read', () => {
    expect(encodeCheckpoint(structuredClone(checkpoint))).toEqual(bytes);
    expect(encodeCheckpoint(decode(bytes))).toEqual(bytes);
  });

  it('may be without a replay buffer and without a number, as a published one is', () => {
    const published = { ...checkpoint, replay: null, learnedTo: 0, modelVersion: null };
    expect(decode(encodeCheckpoint(published))).toEqual(published);
  });

  it('may be of a model without a network', async () => {
    const host = { ...checkpoint, model: { ...checkpoint.model, network: null, classes: [] } };
    const bytesOfHost = encodeCheckpoint(host);
    expect(decodeCheckpoint(bytesOfHost, { ...expected, spec: null })).toEqual(host);
    await expectCode(() => decode(bytesOfHost), 'CHECKPOINT_INCOMPATIBLE');
    await expectCode(() => decodeCheckpoint(bytes, { ...expected, spec: null }), 'CHECKPOINT_INCOMPATIBLE');
  });

  it('written before networks could be deep is read, and written again, to the same bytes', () => {
    const stored = Uint8Array.from(Buffer.from(shallow.bytes, 'base64'));
    const { spec, state } = networkOf(decode(stored));
    expect(spec).toMatchObject({ hiddenSizes: [3], wide: true, optimizer: { kind: 'adam', learningRate: 0.005 } });
    expect(state.step).toBe(12);
    expect(encodeCheckpoint(decode(stored))).toEqual(stored);
  });

  it('may be of a network of any depth and optimizer', () => {
    const adam = networkOf(checkpoint).spec.optimizer;
    const optimizers: OptimizerSpec[] = [
      adam,
      { kind: 'sgd', learningRate: 0.1, momentum: 0, weightDecay: 0 },
      { kind: 'sgd', learningRate: 0.1, momentum: 0.9, weightDecay: 0.01 },
      { kind: 'adagrad', learningRate: 0.1, epsilon: 1e-8, weightDecay: 0 },
    ];
    for (const optimizer of optimizers) {
      for (const shape of [
        { hiddenSizes: [], wide: true },
        { hiddenSizes: [3], wide: false },
        { hiddenSizes: [5, 3, 4], wide: true },
      ]) {
        const spec = { ...networkOf(checkpoint).spec, ...shape, optimizer };
        const network = { spec, state: learnedState(spec, 1) };
        const deep = { ...checkpoint, model: { ...checkpoint.model, network } };
        expect(decodeCheckpoint(encodeCheckpoint(deep), { ...expected, spec })).toEqual(deep);
      }
    }
  });

  it('may have a shallow network in the form of deep ones', () => {
    const stored = withMetadata('tendril.network', networkWith({ hiddenSizes: [3], wide: true }));
    const { spec, state } = networkOf(decode(stored));
    expect(spec).toMatchObject({ hiddenSizes: [3], wide: true, batchSize: 16 });
    expect(state).toEqual(networkOf(checkpoint).state);
  });

  it('is one file whose tensors other tools can name', () => {
    const { tensors, metadata } = decodeSafetensors(bytes);
    const shapes = [...tensors].map(([name, { dtype, shape }]) => [name, dtype, shape]);
    expect(Object.fromEntries(shapes.map(([name, , shape]) => [name, shape]))).toMatchObject({
      'wide.weight': [18, 4],
      bias: [4],
      'hidden.weight': [18, 3],
      'hidden.bias': [3],
      'deep.weight': [3, 4],
      'adam.first_moment': [145],
      'adam.second_moment': [145],
    });
    expect(shapes.some(([name]) => String(name).startsWith('part/combiner/'))).toBe(true);
    expect(metadata['tendril.classes']).toBe(JSON.stringify(checkpoint.model.classes));
  });
});

/** The header of a network of the later form, which the task's own is not written in. */
function networkWith(change: object): string {
  const { hiddenSizes: _, wide: __, ...spec } = networkSpec('softmax-cross-entropy', 3);
  return JSON.stringify({ spec: { ...spec, inputSize: 18, outputSize: 4, ...change }, step: 12 });
}

describe('bytes that are not a whole checkpoint are CHECKPOINT_CORRUPT:', () => {
  it('every truncation', async () => {
    for (let length = 0; length < bytes.length; length++) await corrupt(bytes.slice(0, length));
  });

  it('one byte too many', async () => {
    await corrupt(Uint8Array.from([...bytes, 0]));
  });

  it.each([NaN, Infinity, -Infinity])('a weight of %d', async (value) => {
    for (const name of ['wide.weight', 'deep.weight', 'adam.first_moment', 'adam.second_moment']) {
      const changed = rewritten(bytes, (_, tensors) => {
        const { shape, data } = tensors.get(name) as SafetensorsTensor & { data: Float32Array };
        tensors.set(name, { dtype: 'F32', shape, data: data.map((old, index) => (index === 3 ? value : old)) });
      });
      await corrupt(changed);
    }
  });

  it('a negative mean of squares', async () => {
    await corrupt(
      rewritten(bytes, (_, tensors) => {
        tensors.set('adam.second_moment', { dtype: 'F32', shape: [145], data: new Float32Array(145).fill(-1) });
      }),
    );
  });

  it('a tensor that is missing, of another length or of another type', async () => {
    await corrupt(rewritten(bytes, (_, tensors) => tensors.delete('bias')));
    const bias = (tensor: SafetensorsTensor) => rewritten(bytes, (_, tensors) => tensors.set('bias', tensor));
    await corrupt(bias({ dtype: 'F32', shape: [3], data: new Float32Array(3) }));
    await corrupt(bias({ dtype: 'F64', shape: [4], data: new Float64Array(4) }));
  });

  it('another format', async () => {
    await corrupt(withMetadata('tendril.format', '"tendril-checkpoint/3"'));
    await corrupt(rewritten(bytes, (metadata) => delete metadata['tendril.format']));
  });

  it.each([
    ['tendril.network', '{"spec":{},"step":1}'],
    ['tendril.network', '1'],
    ['tendril.network', networkWith({ hiddenSizes: [], wide: false })],
    ['tendril.network', networkWith({ hiddenSizes: [0], wide: true })],
    ['tendril.network', networkWith({ hiddenSizes: [3], wide: true, optimizer: { kind: 'other', learningRate: 1 } })],
    ['tendril.learnedTo', 'null'],
    ['tendril.classes', '{"0":"a"}'],
    ['tendril.classes', JSON.stringify(['a', 'b', 'c', 'd', 'e'])],
    ['tendril.replayKeys', '["1"]'],
    ['tendril.replayKeys', '[0.5]'],
    ['tendril.replayKeys', 'null'],
    ['tendril.parts', '{}'],
    ['tendril.parts', '{"combiner":1}'],
    ['tendril.features', '{"item.x":{"count":2,"mean":0,"squares":-1}}'],
    ['tendril.features', '{"item.x":{"count":2,"mean":1e999,"squares":1}}'],
    ['tendril.features', 'not JSON'],
  ])('%s of %s', async (key, value) => {
    await corrupt(withMetadata(key, value));
  });

  it('a size that the file does not have, before anything of that size is made', async () => {
    const spec = { ...networkOf(checkpoint).spec, outputSize: 4096, hiddenSizes: [3], inputSize: 18 };
    await corrupt(withMetadata('tendril.network', JSON.stringify({ spec, step: 1 })));
    const huge = { ...spec, inputSize: 1 << 20, hiddenSizes: [4096] };
    const hugeExpected = { ...expected, spec: huge };
    const claimed = withMetadata('tendril.network', JSON.stringify({ spec: huge, step: 1 }));
    await expectCode(() => decodeCheckpoint(claimed, hugeExpected), 'CHECKPOINT_CORRUPT');
  });
});

it('any change of any byte gives a code, or a model that can be opened', { timeout: 60_000 }, () => {
  fc.assert(
    fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
      const damaged = bytes.slice();
      damaged[at]! ^= change;
      try {
        new ClassificationModel(parseTask(smallTask), { backend, checkpoint: decode(damaged), replayed: [] }).dispose();
      } catch (caught) {
        expect(caught).toBeInstanceOf(TendrilError);
        expect((caught as TendrilError).code).toMatch(/^CHECKPOINT_/);
      }
    }),
    { numRuns: 2000 },
  );
});

describe('a checkpoint of something else is CHECKPOINT_INCOMPATIBLE:', () => {
  const incompatible = (change: Partial<ExpectedCheckpoint>) =>
    expectCode(() => decodeCheckpoint(bytes, { ...expected, ...change }), 'CHECKPOINT_INCOMPATIBLE');

  it('another task', () => incompatible({ taskId: 'other' }));

  it('another schema', async () => {
    const { details } = await incompatible({ schemaHash: '01234567' });
    expect(details['reason']).toContain('01234567');
  });

  it('another size of the same schema, as after a change of the defaults', async () => {
    const { spec } = networkOf(checkpoint);
    await incompatible({ spec: { ...spec, inputSize: 34 } });
    await incompatible({ spec: { ...spec, hiddenSizes: [32] } });
    await incompatible({ spec: { ...spec, hiddenSizes: [3, 3] } });
    await incompatible({ spec: { ...spec, wide: false } });
    await incompatible({ spec: { ...spec, loss: 'logistic' } });
    const sgd = { kind: 'sgd', learningRate: 0.1, momentum: 0.9, weightDecay: 0 } as const;
    const { details } = await incompatible({ spec: { ...spec, optimizer: sgd } });
    expect(details['reason']).toContain('adam.first_moment');
  });

  it('but not one that has met more classes, or learns in another way', () => {
    const { spec: fresh } = expected;
    if (!fresh) throw new Error('the task has a network');
    expect(fresh.outputSize).toBeLessThan(networkOf(checkpoint).spec.outputSize);
    const spec = { ...fresh, batchSize: 99, optimizer: { ...fresh.optimizer, learningRate: 1 } };
    expect(decodeCheckpoint(bytes, { ...expected, spec })).toEqual(checkpoint);
  });
});

it('names the parameters in the places where the network has them', () => {
  for (const spec of [networkSpec('logistic', 0), networkSpec('softmax-cross-entropy', 40)]) {
    const slices = parameterSlices(spec);
    const layout = parameterLayout(spec);
    expect(slices.map(({ start }) => start)).toEqual(
      [
        layout.wideWeight,
        layout.bias,
        ...layout.hidden.flatMap(({ weight, bias }) => [weight, bias]),
        layout.deepWeight,
      ].slice(0, slices.length),
    );
    expect(slices.reduce((sum, { length }) => sum + length, 0)).toBe(parameterCount(spec));
  }
});
