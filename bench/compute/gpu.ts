import { pathToFileURL } from 'node:url';
import { fromRoot } from '../../scripts/lib/paths.mjs';
import { parameterCount } from '../../src/compute/parameter-layout.ts';
import { openWebGpuBackend, type WebGpuComputeBackend } from '../../src/compute/webgpu/webgpu-backend.ts';
import { median } from '../lib/median.ts';
import type { Figure } from '../sections/section.ts';
import { assertSameLearning } from './agreement.ts';
import { copies, emptySteps } from './gpu-floor.ts';
import type { Host } from './hosts/host.ts';
import { openNodeHost } from './hosts/node-host.ts';
import { interleave, type Pace } from './interleave.ts';
import { nodeGpu } from './node-gpu.ts';
import { specOf } from './our-network.ts';
import { asFigure, compare, milliseconds } from './statistics.ts';
import { nameOf, type Shape } from './workload.ts';

/**
 * The training step on this machine's GPU, in Node: `npx tsx bench/compute/gpu.ts [--json]`. Against tfjs-layers on the same GPU, beside what the dispatches of a
 * step cost when they compute nothing, and the memory traffic. Where there is no GPU, SwiftShader stands in for one if Vulkan is shown it; then times say nothing.
 */

const SETTINGS: readonly { readonly shape: Shape; readonly rows: number }[] = [
  { shape: [64, 64, 64, 10], rows: 32 },
  { shape: [784, 256, 256, 10], rows: 64 },
];
const GOAL = 8;
const PACE: Pace = { rounds: 15, turnMs: 100, warmUpMs: 1_000 };
const SOFTWARE_PACE: Pace = { rounds: 3, turnMs: 50, warmUpMs: 100 };
/** Numbers that are copied to see how fast memory is: far more than caches hold. */
const COPIED = 2 ** 26;
const SOFTWARE_COPIED = 2 ** 22;
const BYTES = 4;

async function main(): Promise<void> {
  const found = await nodeGpu();
  if (typeof found === 'string') throw new Error(found);
  // The contenders' processes get WebGPU by it.
  const preload = pathToFileURL(fromRoot('bench/compute/gpu-in-node.mjs')).href;
  process.env['NODE_OPTIONS'] = `${process.env['NODE_OPTIONS'] ?? ''} --import ${preload}`;
  const backend = await openWebGpuBackend(found.gpu);
  const isSoftware = found.substitute !== null;
  const host: Host = { ...openNodeHost(false), backends: ['webgpu'] };
  const figures: Figure[] = [];
  try {
    for (const setting of SETTINGS) figures.push(...(await measure(setting, host, backend, isSoftware)));
    figures.push(await bandwidth(backend, isSoftware));
  } finally {
    await host.close();
  }
  print(backend, figures, found.substitute);
}

async function measure(
  { shape, rows }: (typeof SETTINGS)[number],
  host: Host,
  backend: WebGpuComputeBackend,
  isSoftware: boolean,
): Promise<readonly Figure[]> {
  const task = { shape, rows, backend: 'webgpu' as const };
  const all = [
    await host.open('ours', task),
    await host.open('tfjs-layers', task),
    await host.open('tfjs-layers', { ...task, lean: true }),
  ];
  const apart = await assertSameLearning(all, shape, rows);
  const dispatches = 2 * (shape.length - 2) + 3;
  const trained = all.map((one) => ({ run: (steps: number) => one.train(steps) }));
  const times = await interleave([...trained, emptySteps(backend.tensors, dispatches)], paceOf(isSoftware));
  for (const one of all) await one.close();
  const what = `${nameOf(shape)}, batch ${rows}`;
  const [ours, layers, lean, floor] = times.map((each) => median(each)) as [number, number, number, number];
  const bytes = stepBytes(shape, rows);
  return [
    asFigure(
      `${what}: a step, against trainOnBatch`,
      compare(times[0]!, times[1]!),
      GOAL,
      `losses ${apart.toExponential(0)} apart`,
    ),
    asFigure(`${what}: the loss left unread`, compare(times[0]!, times[2]!)),
    {
      what: `${what}: our step`,
      value: ours,
      unit: 'ms',
      note: `tfjs-layers ${milliseconds(layers)}, lean ${milliseconds(lean)}`,
    },
    {
      what: `${what}: ${dispatches} dispatches of nothing`,
      value: floor,
      unit: 'ms',
      note: `a step takes ${(ours / floor).toPrecision(3)} times that`,
    },
    {
      what: `${what}: memory traffic of a step`,
      value: bytes / ours / 1e6,
      unit: 'GB/s',
      note: `${(bytes / 1e6).toPrecision(3)} MB that a step has to read and write`,
    },
  ];
}

/** The parameters are read for the scores and for the derivatives; the update reads and writes them and both moments; the batch comes in. */
function stepBytes(shape: Shape, rows: number): number {
  const activations = shape.reduce((sum, units) => sum + units, 0);
  return BYTES * (8 * parameterCount(specOf(shape, rows)) + 3 * rows * activations);
}

async function bandwidth(backend: WebGpuComputeBackend, isSoftware: boolean): Promise<Figure> {
  const { maxStorageBufferBindingSize } = backend.tensors.device.limits;
  const length = Math.min(isSoftware ? SOFTWARE_COPIED : COPIED, maxStorageBufferBindingSize / BYTES);
  const ms = median((await interleave([copies(backend.tensors, length)], paceOf(isSoftware)))[0]!);
  const bytes = 2 * BYTES * length;
  return {
    what: 'a program that copies',
    value: bytes / ms / 1e6,
    unit: 'GB/s',
    note: `${(bytes / 1e6).toFixed(0)} MB read and written in ${milliseconds(ms)}`,
  };
}

function print(backend: WebGpuComputeBackend, figures: readonly Figure[], substitute: string | null): void {
  const device = `${backend.deviceKey}${substitute ? ` (${substitute}: a smoke test, the times say nothing)` : ''}`;
  if (process.argv.includes('--json')) {
    console.log(JSON.stringify({ device: backend.deviceKey, node: process.version, figures }, null, 2));
    return;
  }
  console.log(`${device}, Node ${process.version}`);
  for (const { what, value, unit, goal, note = '' } of figures) {
    const wanted = goal && 'atLeast' in goal ? ` (goal: at least ${String(goal.atLeast)} ${unit})` : '';
    console.log(`${what}: ${value.toPrecision(3)} ${unit}${wanted}. ${note}`);
  }
}

function paceOf(isSoftware: boolean): Pace {
  return isSoftware ? SOFTWARE_PACE : PACE;
}

await main();
// Dawn keeps the process alive as long as its GPU is referred to.
process.exit(0);
