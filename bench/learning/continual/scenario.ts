import { Rng } from '../../../src/core/rng.ts';
import { PIXELS, SIDE, type ImageSet, type Mnist } from './mnist.ts';

export interface LabelledImage {
  readonly pixels: readonly number[];
  readonly label: number;
}

/** One task of a stream: images of some classes, or all images seen in another way. */
export interface ContinualTask {
  /** Places in the training set, in the order in which they come. */
  readonly train: readonly number[];
  readonly test: readonly number[];
  readonly view: (set: ImageSet, index: number) => LabelledImage;
}

export interface Scenario {
  readonly tasks: readonly ContinualTask[];
  readonly batchSize: number;
}

const classesATask = 2;

/** Split MNIST: five tasks of two classes each, batches of 10. */
export function splitMnist({ train, test }: Mnist, seed: number): Scenario {
  const rng = Rng.fromSeed(seed);
  const tasks = [0, 1, 2, 3, 4].map((task): ContinualTask => {
    const placesIn = ({ labels }: ImageSet): number[] =>
      [...labels.keys()].filter((index) => Math.floor(labels[index]! / classesATask) === task);
    return { train: rng.shuffle(placesIn(train)), test: placesIn(test), view: plainView };
  });
  return { tasks, batchSize: 10 };
}

/** Permuted MNIST: 20 tasks, each with its own order of the pixels, batches of 128. */
export function permutedMnist({ train, test }: Mnist, seed: number, count = 20): Scenario {
  const rng = Rng.fromSeed(seed);
  const tasks = Array.from({ length: count }, (): ContinualTask => {
    const order = rng.shuffle(Array.from({ length: PIXELS }, (_, pixel) => pixel));
    return { train: rng.shuffle(allPlaces(train)), test: allPlaces(test), view: movedView(order) };
  });
  return { tasks, batchSize: 128 };
}

/** Rotated MNIST: 20 tasks, each turned by an angle drawn from half a turn, nearest pixel, batches of 128. */
export function rotatedMnist({ train, test }: Mnist, seed: number, count = 20): Scenario {
  const rng = Rng.fromSeed(seed);
  const tasks = Array.from({ length: count }, (): ContinualTask => {
    const order = rotation(Math.PI * rng.nextFloat());
    return { train: rng.shuffle(allPlaces(train)), test: allPlaces(test), view: movedView(order) };
  });
  return { tasks, batchSize: 128 };
}

function allPlaces({ count }: ImageSet): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

function plainView({ pixels, labels }: ImageSet, index: number): LabelledImage {
  return { pixels: Array.from(pixels.subarray(index * PIXELS, (index + 1) * PIXELS)), label: labels[index]! };
}

/** @param order which pixel of the image comes in each place; −1 for none */
function movedView(order: readonly number[]): ContinualTask['view'] {
  return ({ pixels, labels }, index) => {
    const start = index * PIXELS;
    return { pixels: order.map((pixel) => (pixel < 0 ? 0 : pixels[start + pixel]!)), label: labels[index]! };
  };
}

function rotation(angle: number): number[] {
  const [cosine, sine] = [Math.cos(angle), Math.sin(angle)];
  const middle = (SIDE - 1) / 2;
  return Array.from({ length: PIXELS }, (_, place) => {
    const [x, y] = [(place % SIDE) - middle, Math.floor(place / SIDE) - middle];
    const column = Math.round(cosine * x - sine * y + middle);
    const row = Math.round(sine * x + cosine * y + middle);
    return column < 0 || column >= SIDE || row < 0 || row >= SIDE ? -1 : row * SIDE + column;
  });
}
