import { reasonOf } from '../../src/errors.ts';

/** The GPU that Node reaches by the npm package `webgpu` (Dawn), and why it is no measure where it is none. */
export interface NodeGpu {
  readonly gpu: GPU;
  /** Null for a GPU, otherwise what there is instead. */
  readonly substitute: string | null;
}

let opened: Promise<NodeGpu | string> | undefined;

/** @returns the reason where there is no adapter at all; the same answer each time, because a process has one Dawn */
export function nodeGpu(): Promise<NodeGpu | string> {
  opened ??= open().catch((caught: unknown) => reasonOf(caught));
  return opened;
}

async function open(): Promise<NodeGpu | string> {
  await import('./gpu-in-node.mjs');
  const { gpu } = navigator;
  const adapter = await gpu.requestAdapter({ powerPreference: 'low-power' });
  if (!adapter) return 'there is no WebGPU adapter';
  const { isFallbackAdapter, architecture, description } = adapter.info;
  const isSoftware = isFallbackAdapter || /swiftshader|llvmpipe|lavapipe/i.test(`${architecture} ${description}`);
  return { gpu, substitute: isSoftware ? `the GPU is played by the processor (${description || architecture})` : null };
}
