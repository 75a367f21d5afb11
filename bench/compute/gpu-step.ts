import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import * as v from 'valibot';
import { fromRoot, root } from '../../scripts/lib/paths.mjs';
import { inNode } from '../sections/environment.ts';
import { figure } from '../sections/results.ts';
import type { FigureSection } from '../sections/section.ts';
import { nodeGpu } from './node-gpu.ts';

const answer = v.object({ device: v.string(), figures: v.array(figure) });

export const gpuStep: FigureSection = {
  key: 'gpu',
  title: 'Training step on a GPU',
  protocol:
    'The training steps of the first section on the machine’s GPU, in Node by the package webgpu (Dawn): against tfjs-layers on the same GPU, beside what the dispatches of a step cost when they compute nothing, and the memory traffic of a step beside what a program that copies reaches. All in turns, after warming up; both learn the same, or there would be no figure. Not measured where a processor plays the GPU.',
  environment: inNode,
  async unmeasurable() {
    const found = await nodeGpu();
    return typeof found === 'string' ? found : found.substitute;
  },
  async measure() {
    // A process of its own: it has the GPU in its globals, as a browser has.
    const args = ['--import', import.meta.resolve('tsx'), fromRoot('bench/compute/gpu.ts'), '--json'];
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root });
    const { device, figures } = v.parse(answer, JSON.parse(stdout));
    return figures.map((one, place) => (place === 0 ? { ...one, note: `${device}; ${one.note ?? ''}` } : one));
  },
};
