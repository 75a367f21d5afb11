import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

export const MNIST_FILES = [
  'mnist/train-images-idx3-ubyte.gz',
  'mnist/train-labels-idx1-ubyte.gz',
  'mnist/t10k-images-idx3-ubyte.gz',
  'mnist/t10k-labels-idx1-ubyte.gz',
] as const;

export const PIXELS = 784;
export const SIDE = 28;

export interface ImageSet {
  readonly count: number;
  /** [count, 784], each from 0 to 1. */
  readonly pixels: Float32Array;
  readonly labels: Uint8Array;
}

export interface Mnist {
  readonly train: ImageSet;
  readonly test: ImageSet;
}

const IMAGE_HEADER = 16;
const LABEL_HEADER = 8;

function readSet(images: string, labels: string): ImageSet {
  const bytes = gunzipSync(readFileSync(images)).subarray(IMAGE_HEADER);
  const classes = Uint8Array.from(gunzipSync(readFileSync(labels)).subarray(LABEL_HEADER));
  return { count: classes.length, pixels: Float32Array.from(bytes, (value) => value / 255), labels: classes };
}

let loaded: Mnist | undefined;

/** MNIST from its idx files (LeCun et al. 1998), read once. */
export function readMnist(dataFile: (name: string) => string): Mnist {
  const [trainImages, trainLabels, testImages, testLabels] = MNIST_FILES;
  loaded ??= {
    train: readSet(dataFile(trainImages), dataFile(trainLabels)),
    test: readSet(dataFile(testImages), dataFile(testLabels)),
  };
  return loaded;
}
