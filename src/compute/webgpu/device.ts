import { reasonOf, TendrilError } from '../../errors.ts';

export interface OpenedDevice {
  readonly device: GPUDevice;
  readonly info: GPUAdapterInfo | undefined;
}

/** Without being asked for, a device has the least that WebGPU promises: 128 MiB of a buffer, for instance, on a GPU with gigabytes. */
const limits = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxStorageBuffersPerShaderStage',
  'maxComputeWorkgroupStorageSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
] as const satisfies readonly (keyof GPUSupportedLimits)[];

/**
 * A device of our own with the limits that the adapter offers: tfjs would ask for few. An ordinary one where that is refused.
 * @param gpu `navigator.gpu`
 * @throws BACKEND_UNAVAILABLE
 */
export async function requestDevice(gpu: GPU | undefined): Promise<OpenedDevice> {
  if (!gpu) throw unavailable('WebGPU is not supported here');
  try {
    const adapter = await requestAdapter(gpu);
    const device = await adapter.requestDevice(offered(adapter)).catch(() => undefined);
    if (device) return { device, info: adapter.info };
    // One that was asked for a device gives no other.
    const another = await requestAdapter(gpu);
    return { device: await another.requestDevice(), info: another.info };
  } catch (caught) {
    if (caught instanceof TendrilError) throw caught;
    throw unavailable(reasonOf(caught), caught);
  }
}

/** What the backend cannot be used for, in the error's form. */
export function unavailable(reason: string, cause?: unknown): TendrilError {
  return new TendrilError('BACKEND_UNAVAILABLE', { backend: 'webgpu', reason }, { cause });
}

async function requestAdapter(gpu: GPU): Promise<GPUAdapter> {
  // These networks are bound by dispatches, not by arithmetic: the integrated GPU is as fast and spares the battery.
  const adapter = await gpu.requestAdapter({ powerPreference: 'low-power' });
  if (!adapter) throw unavailable('there is no WebGPU adapter');
  return adapter;
}

function offered(adapter: GPUAdapter): GPUDeviceDescriptor {
  return { requiredLimits: Object.fromEntries(limits.map((limit) => [limit, adapter.limits[limit]])) };
}
