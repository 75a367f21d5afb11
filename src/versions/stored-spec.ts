import * as v from 'valibot';
import type { NetworkSpec } from '../compute/compute.ts';

const size = (min: number, max: number) => v.pipe(v.number(), v.integer(), v.minValue(min), v.maxValue(max));

const sizes = { inputSize: size(1, 1 << 20), outputSize: size(1, 4096) };
const loss = v.picklist(['softmax-cross-entropy', 'logistic', 'squared']);
const batchSize = size(1, 4096);
const adam = {
  learningRate: v.number(),
  beta1: v.number(),
  beta2: v.number(),
  epsilon: v.number(),
  weightDecay: v.number(),
};

/** The form of a wide network with one hidden layer or none and Adam. It was once the only form, and what it can say is still written in it. */
const shallowForm = v.object({
  ...sizes,
  hiddenSize: size(0, 4096),
  loss,
  optimizer: v.object(adam),
  batchSize,
});

const optimizer = v.variant('kind', [
  v.object({ kind: v.literal('adam'), ...adam }),
  v.object({
    kind: v.literal('sgd'),
    learningRate: v.number(),
    momentum: v.pipe(v.number(), v.minValue(0)),
    weightDecay: v.number(),
  }),
  v.object({ kind: v.literal('adagrad'), learningRate: v.number(), epsilon: v.number(), weightDecay: v.number() }),
]);
const anyForm = v.object({
  ...sizes,
  hiddenSizes: v.pipe(v.array(size(1, 4096)), v.maxLength(16)),
  wide: v.boolean(),
  loss,
  optimizer,
  batchSize,
});

type ShallowForm = v.InferOutput<typeof shallowForm>;
type AnyForm = v.InferOutput<typeof anyForm>;

/** The spec of a network as a checkpoint has it, in either form. */
export const storedSpec = v.pipe(
  v.union([shallowForm, anyForm]),
  v.transform((stored): NetworkSpec => ('hiddenSize' in stored ? fromShallow(stored) : stored)),
  v.check(({ wide, hiddenSizes }) => wide || hiddenSizes.length > 0, 'the network has no way from inputs to scores'),
);

function fromShallow({ hiddenSize, optimizer: settings, ...rest }: ShallowForm): NetworkSpec {
  return {
    ...rest,
    hiddenSizes: hiddenSize > 0 ? [hiddenSize] : [],
    wide: true,
    optimizer: { kind: 'adam', ...settings },
  };
}

/** What {@link storedSpec} reads back. */
export function specToStore(spec: NetworkSpec): ShallowForm | AnyForm {
  const { inputSize, hiddenSizes, wide, outputSize, loss, batchSize, optimizer } = spec;
  if (!wide || hiddenSizes.length > 1 || optimizer.kind !== 'adam')
    return { inputSize, hiddenSizes: [...hiddenSizes], wide, outputSize, loss, optimizer, batchSize };
  const { learningRate, beta1, beta2, epsilon, weightDecay } = optimizer;
  const settings = { learningRate, beta1, beta2, epsilon, weightDecay };
  return { inputSize, hiddenSize: hiddenSizes[0] ?? 0, outputSize, loss, optimizer: settings, batchSize };
}
