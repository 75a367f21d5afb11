import type { LabelledImage } from './scenario.ts';

/** A way to learn a stream of labelled images in one pass, without being told where a task ends. */
export interface ContinualMethod {
  /** @param position of the first of them in the stream; they follow one another */
  learn(position: number, images: readonly LabelledImage[]): Promise<void>;
  /** What is left to do before it is asked, for methods that learn at the end. */
  settle(): Promise<void>;
  /** The most probable class of each image. */
  predict(images: readonly LabelledImage[]): Promise<readonly number[]>;
  storedSamples(): number;
  /** Everything it needs to go on, stored samples included. */
  stateBytes(): Promise<number>;
  dispose(): void;
}
