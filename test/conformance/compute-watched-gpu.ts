/** The browser's own WebGPU, with a count of what is dispatched on the device that it hands out. */
export interface WatchedGpu {
  readonly gpu: GPU;
  device(): GPUDevice;
  dispatches(): number;
}

/** Throws where there is no WebGPU: a test of it must fail then, not pass by. */
export function watchedGpu(gpu: GPU | undefined): WatchedGpu {
  if (!gpu) throw new Error('WebGPU is not supported in this browser');
  let device: GPUDevice | undefined;
  let dispatches = 0;
  const watched = {
    async requestAdapter(options?: GPURequestAdapterOptions) {
      const adapter = await gpu.requestAdapter(options);
      if (!adapter) return null;
      const info = adapter.info;
      return {
        info,
        async requestDevice() {
          device = await adapter.requestDevice();
          countDispatches(device, () => (dispatches += 1));
          return device;
        },
      };
    },
  };
  return {
    gpu: watched as unknown as GPU,
    device() {
      if (!device) throw new Error('No device was requested');
      return device;
    },
    dispatches: () => dispatches,
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
