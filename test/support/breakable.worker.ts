/**
 * The learner worker on a GPU that fails when told: its name is `lost:7` for a device that is destroyed after its 7th submission, `memory:7` for one that says
 * then that it has no memory left.
 */
import { expose } from 'comlink';
import { browserEnvironment } from '../../src/runtime/browser-environment.ts';
import { createLearnerWorker } from '../../src/runtime/learner-worker.ts';

const [how, at] = self.name.split(':');
let submissions = 0;

function breakLater(device: GPUDevice): void {
  const submit = device.queue.submit.bind(device.queue);
  device.queue.submit = (commands) => {
    submit(commands);
    if (++submissions !== Number(at)) return;
    if (how === 'lost') device.destroy();
    else {
      const error = new GPUOutOfMemoryError('told to have none');
      device.dispatchEvent(new GPUUncapturedErrorEvent('uncapturederror', { error }));
    }
  };
}

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

expose(createLearnerWorker(browserEnvironment()));
