import type { ComputeBackend } from '../compute/compute.ts';
import { slicedBackend } from './sliced-backend.ts';
import { TimeSlices } from './time-slices.ts';

/** The slices of time that a model learns in, and whether one may end in the middle of an experience. */
export class LearningSlices extends TimeSlices {
  readonly #sliced = new WeakMap<ComputeBackend, ComputeBackend>();
  #isDivisible = false;

  /** The backend as the model that learns uses it: always the same one for the same. */
  of(backend: ComputeBackend): ComputeBackend {
    const giveWay = async () => {
      if (this.#isDivisible) await this.giveWay();
    };
    const sliced = this.#sliced.get(backend) ?? slicedBackend(backend, giveWay);
    this.#sliced.set(backend, sliced);
    return sliced;
  }

  /** @param may whether others may come in between two steps of the work */
  async divisible<T>(may: boolean, work: () => Promise<T>): Promise<T> {
    this.#isDivisible = may;
    try {
      return await work();
    } finally {
      this.#isDivisible = false;
    }
  }
}
