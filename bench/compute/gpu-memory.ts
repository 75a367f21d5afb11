import { openWorkerPage } from '../lib/worker-page.ts';
import { inChromium } from '../sections/environment.ts';
import type { Figure, FigureSection } from '../sections/section.ts';
import { nameOf } from './workload.ts';

const SHAPE = [64, 64, 64, 10];
const STEPS = 10_000;
/** By then every number of rows has come up. */
const SETTLED_STEPS = 1_000;
const MB = 1e6;

export const gpuMemory: FigureSection = {
  key: 'gpu-memory',
  title: 'Memory on the GPU over mixed steps',
  protocol: `One network (${nameOf(SHAPE)}) on WebGPU in a worker, ${STEPS.toLocaleString('en-GB')} steps in random order: training steps of every number of rows that a batch may have, 8 to 512, and predictions of 1 to 200 rows. Read after each step: all bytes of buffers that tfjs's backend has made and not destroyed, those that wait in its pool included (\`numBytesAllocatedInGPU\`).`,
  environment: inChromium,
  async measure() {
    const page = await openWorkerPage('bench/compute/gpu-memory.worker.ts');
    try {
      const opened = await page.call<number>('open', SHAPE);
      return figures([opened, ...(await page.call<readonly number[]>('steps', STEPS))]);
    } finally {
      await page.close();
    }
  },
};

/** @param bytes by steps taken */
function figures(bytes: readonly number[]): readonly Figure[] {
  const settled = bytes[SETTLED_STEPS]!;
  const after = bytes.slice(SETTLED_STEPS);
  return [
    { what: 'with the network open', value: bytes[0]! / MB, unit: 'MB' },
    { what: `after ${SETTLED_STEPS} steps`, value: settled / MB, unit: 'MB' },
    { what: `after ${STEPS} steps`, value: bytes[STEPS]! / MB, unit: 'MB' },
    { what: 'the most at any time', value: Math.max(...bytes) / MB, unit: 'MB' },
    {
      what: `the most after step ${SETTLED_STEPS}, above what was there at that step`,
      value: (Math.max(...after) - settled) / MB,
      unit: 'MB',
      goal: { atMost: 0 },
    },
  ];
}
