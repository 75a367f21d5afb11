import type { Row } from '../row.ts';
import type { TokenView } from './text-tokens.ts';

const MOST_BUCKETS = 1 << 15;
const FEWEST_BUCKETS = 1 << 8;

/** Classes that memory is laid out for: at most a quarter more than there are, so that not every new class moves everything. */
function classRoom(classes: number): number {
  const step = Math.max(2, 2 ** (Math.floor(Math.log2(Math.max(2, classes))) - 2));
  return step * Math.ceil(Math.max(2, classes) / step);
}

/** Buckets that fit `budgetBytes` with four bytes a class each: a power of two from 2^8 to 2^15. Below that many the budget gives way. */
function bucketCount(classes: number, budgetBytes: number): number {
  const fitting = 2 ** Math.floor(Math.log2(budgetBytes / (4 * classRoom(classes))));
  return Math.min(MOST_BUCKETS, Math.max(FEWEST_BUCKETS, fitting));
}

/** A row's tokens; of a row without, its hashed block, whose signs are in its values. */
export function tokensOf(row: Row): TokenView {
  return row.tokens ?? { hashes: row.indices, values: row.values };
}

/** A token's sign has a bit that its bucket never uses. */
export function signed(hash: number, value: number): number {
  return hash < 0 ? -value : value;
}

/**
 * A number for each class in each bucket of hashed tokens (Weinberger et al. 2009, arXiv 0902.2206), and one for the bucket alone, within a number of
 * bytes: as classes come, the upper half of the buckets is added to the lower, where their tokens would have been from the start. How it is laid
 * out depends on the number of classes alone.
 */
export class HashedMatrix {
  readonly #budgetBytes: number;
  #classes: number;
  #room: number;
  #buckets: number;
  /** [buckets, room] */
  values: Float32Array<ArrayBuffer>;
  /** [buckets] */
  perBucket: Float32Array<ArrayBuffer>;

  constructor(classes: number, budgetBytes: number) {
    this.#budgetBytes = budgetBytes;
    this.#classes = classes;
    this.#room = classRoom(classes);
    this.#buckets = bucketCount(classes, budgetBytes);
    this.values = new Float32Array(this.#buckets * this.#room);
    this.perBucket = new Float32Array(this.#buckets);
  }

  get classes(): number {
    return this.#classes;
  }

  get buckets(): number {
    return this.#buckets;
  }

  bucketOf(hash: number): number {
    return hash & (this.#buckets - 1);
  }

  /** Where the classes of a bucket start in {@link values}. */
  startOf(bucket: number): number {
    return bucket * this.#room;
  }

  /** Adds the tokens' products with each class to `out` [classes]. @param factor of a bucket, 1 without it */
  addProducts({ hashes, values }: TokenView, out: Float64Array, factor?: (bucket: number) => number): void {
    const [matrix, classes] = [this.values, this.#classes];
    for (let token = 0; token < hashes.length; token++) {
      const bucket = this.bucketOf(hashes[token]!);
      const start = this.startOf(bucket);
      const value = signed(hashes[token]!, values[token]!) * (factor ? factor(bucket) : 1);
      for (let c = 0; c < classes; c++) out[c]! += value * matrix[start + c]!;
    }
  }

  growClasses(count: number): void {
    if (count <= this.#classes) return;
    this.#classes = count;
    const [before, room, buckets] = [this.#room, classRoom(count), bucketCount(count, this.#budgetBytes)];
    if (room === before) return;
    const [values, perBucket] = [new Float32Array(buckets * room), new Float32Array(buckets)];
    for (let bucket = 0; bucket < this.#buckets; bucket++) {
      const to = bucket & (buckets - 1);
      perBucket[to]! += this.perBucket[bucket]!;
      for (let c = 0; c < before; c++) values[to * room + c]! += this.values[bucket * before + c]!;
    }
    [this.#room, this.#buckets, this.values, this.perBucket] = [room, buckets, values, perBucket];
  }
}
