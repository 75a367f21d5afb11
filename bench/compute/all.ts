import type { FigureSection } from '../sections/section.ts';
import { gpuMemory } from './gpu-memory.ts';
import { gpuStep } from './gpu-step.ts';
import { mainThread } from './main-thread.ts';
import { predictOne } from './predict-one.ts';
import { retrieval } from './retrieval.ts';
import { shapes } from './shapes.ts';
import { start } from './start.ts';
import { topKGpu } from './top-k-gpu.ts';
import { topKQuality } from './top-k-quality.ts';
import { topK } from './top-k.ts';
import { trainingStep } from './training-step.ts';

/** Every section, in the order of the page. */
export const sections: readonly FigureSection[] = [
  trainingStep,
  predictOne,
  shapes,
  topK,
  topKGpu,
  topKQuality,
  retrieval,
  start,
  mainThread,
  gpuMemory,
  gpuStep,
];
