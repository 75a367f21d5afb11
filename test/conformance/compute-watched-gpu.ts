/** The browser's own WebGPU, with counts of what is dispatched and submitted on the device that it hands out. */
export interface WatchedGpu {
  readonly gpu: GPU;
  device(): GPUDevice;
  dispatches(): number;
  submits(): number;
  /** Pipelines made so far. */
  pipelines(): number;
}

/** Throws where there is no WebGPU: a test of it must fail then, not pass by. */
export function watchedGpu(gpu: GPU | undefined): WatchedGpu {
  if (!gpu) throw new Error('WebGPU is not supported in this browser');
  let device: GPUDevice | undefined;
  let dispatches = 0;
  let submits = 0;
  let pipelines = 0;
  const watched = {
    async requestAdapter(options?: GPURequestAdapterOptions) {
      const adapter = await gpu.requestAdapter(options);
      if (!adapter) return null;
      const { info, features, limits } = adapter;
      return {
        ...{ info, features, limits },
        async requestDevice(descriptor?: GPUDeviceDescriptor) {
          device = await adapter.requestDevice(descriptor);
          countDispatches(device, () => (dispatches += 1));
          countCalls(device.queue, 'submit', () => (submits += 1));
          countCalls(device, 'createComputePipeline', () => (pipelines += 1));
          return device;
        },
      };
    },
  };
  return {
    gpu: { ...watched, wgslLanguageFeatures: gpu.wgslLanguageFeatures } as unknown as GPU,
    device() {
      if (!device) throw new Error('No device was requested');
      return device;
    },
    dispatches: () => dispatches,
    submits: () => submits,
    pipelines: () => pipelines,
  };
}

function countCalls<Name extends string>(
  owner: Record<Name, (...given: never[]) => unknown>,
  name: Name,
  onCall: () => void,
): void {
  const call: (...given: never[]) => unknown = owner[name].bind(owner);
  owner[name] = (...given) => {
    onCall();
    return call(...given);
  };
}

function countDispatches(device: GPUDevice, onDispatch: () => void): void {
  const createCommandEncoder = device.createCommandEncoder.bind(device);
  device.createCommandEncoder = (descriptor) => {
    const encoder = createCommandEncoder(descriptor);
    const beginComputePass = encoder.beginComputePass.bind(encoder);
    encoder.beginComputePass = (passDescriptor) => {
      const pass = beginComputePass(passDescriptor);
      const dispatchWorkgroups = pass.dispatchWorkgroups.bind(pass);
      pass.dispatchWorkgroups = (...counts) => {
        onDispatch();
        dispatchWorkgroups(...counts);
      };
      return pass;
    };
    return encoder;
  };
}
