/**
 * The learner worker on what fails when told: its name is `lost:7` for a GPU device that is destroyed after its 7th submission, `memory:7` for one that says
 * then that it has no memory left, `shader:7` where its 7th shader does not compile, `weights:2` where the
 * weights that it is given the 2nd time become NaN on the way; `bounds-learn:7` and `unreachable-predict:7` where a WebAssembly kernel traps when it is called
 * the 7th time. With `armed:NAME` a GPU device is destroyed when that is ordered by the channel NAME, see
 * {@link LossOrder}, and nothing takes any time: which version serves must not depend on how busy the machine is.
 */
import { expose } from 'comlink';
import { browserEnvironment } from '../../src/runtime/browser-environment.ts';
import { createLearnerWorker } from '../../src/runtime/learner-worker.ts';
import type { LossOrder, LossReport } from './ordered-loss.ts';
import { trapKernels, type Trap } from './trapping-kernels.ts';

const [how, at] = self.name.split(':');
let submissions = 0;
let shaders = 0;
let writes = 0;
let destroyAt = Infinity;
let newest: GPUDevice | null = null;

function breakLater(device: GPUDevice): void {
  newest = device;
  breakShader(device);
  breakWrite(device.queue);
  const submit = device.queue.submit.bind(device.queue);
  device.queue.submit = (commands) => {
    submit(commands);
    if (++submissions === destroyAt) device.destroy();
    if (submissions !== Number(at)) return;
    if (how === 'lost') device.destroy();
    else if (how === 'memory') {
      const error = new GPUOutOfMemoryError('told to have none');
      device.dispatchEvent(new GPUUncapturedErrorEvent('uncapturederror', { error }));
    }
  };
}

function breakShader(device: GPUDevice): void {
  const create = device.createShaderModule.bind(device);
  device.createShaderModule = (descriptor) =>
    create(how === 'shader' && ++shaders === Number(at) ? { code: 'fn main( {' } : descriptor);
}

function breakWrite(queue: GPUQueue): void {
  const write = queue.writeBuffer.bind(queue);
  queue.writeBuffer = (buffer: GPUBuffer, offset: number, data: GPUAllowSharedBufferSource, ...rest: number[]) => {
    // Rows of inputs and labels are shorter.
    const isBroken = how === 'weights' && data instanceof Float32Array && data.length > 150 && ++writes === Number(at);
    write(buffer, offset, isBroken ? new Float32Array(data.length).fill(NaN) : data, ...rest);
  };
}

if (how === 'armed' && at !== undefined) {
  const channel = new BroadcastChannel(at);
  channel.onmessage = ({ data }: MessageEvent<LossOrder>) => {
    destroyAt = submissions + (data.after ?? Infinity);
    if (data.after === 0) newest?.destroy();
    channel.postMessage({ submissions } satisfies LossReport);
  };
}

const [trap, kernel] = (how ?? '').split('-');
if (kernel !== undefined) trapKernels(trap as Trap, kernel, Number(at));

const { gpu } = navigator;
const requestAdapter = gpu.requestAdapter.bind(gpu);
gpu.requestAdapter = async (options) => {
  const adapter = await requestAdapter(options);
  if (!adapter) return null;
  const requestDevice = adapter.requestDevice.bind(adapter);
  adapter.requestDevice = async (descriptor) => {
    const device = await requestDevice(descriptor);
    breakLater(device);
    return device;
  };
  return adapter;
};

const environment = browserEnvironment();
const timeless = { nowMs: () => environment.clock.nowMs(), monotonicMs: () => 0 };
expose(createLearnerWorker(how === 'armed' ? { ...environment, clock: timeless } : environment));
