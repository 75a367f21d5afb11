import { reasonOf, TendrilError } from '../../errors.ts';

export interface OpenedDevice {
  readonly device: GPUDevice;
  readonly info: GPUAdapterInfo | undefined;
}

/** Not every browser knows each of them; what the adapter does not offer is left out. */
const features: readonly GPUFeatureName[] = ['shader-f16', 'subgroups', 'timestamp-query'];

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
 * A device of our own with the features and limits that the adapter offers: tfjs would ask for few.
 * @param gpu `navigator.gpu`
 * @throws BACKEND_UNAVAILABLE
 */
export async function requestDevice(gpu: GPU | undefined): Promise<OpenedDevice> {
  if (!gpu) throw unavailable('WebGPU is not supported here');
  try {
    return await openDevice(gpu, offered).catch(() => openDevice(gpu, () => ({})));
  } catch (caught) {
    if (caught instanceof TendrilError) throw caught;
    throw unavailable(reasonOf(caught), caught);
  }
}

/** What the backend cannot be used for, in the error's form. */
export function unavailable(reason: string, cause?: unknown): TendrilError {
  return new TendrilError('BACKEND_UNAVAILABLE', { backend: 'webgpu', reason }, { cause });
}

/** Asks for a new adapter each time: one that has given a device gives no other. */
async function openDevice(gpu: GPU, describe: (adapter: GPUAdapter) => GPUDeviceDescriptor): Promise<OpenedDevice> {
  // These networks are bound by dispatches, not by arithmetic: the integrated GPU is as fast and spares the battery.
  const adapter = await gpu.requestAdapter({ powerPreference: 'low-power' });
  if (!adapter) throw unavailable('there is no WebGPU adapter');
  return { device: await adapter.requestDevice(describe(adapter)), info: adapter.info };
}

function offered(adapter: GPUAdapter): GPUDeviceDescriptor {
  return {
    requiredFeatures: features.filter((feature) => adapter.features.has(feature)),
    requiredLimits: Object.fromEntries(limits.map((limit) => [limit, adapter.limits[limit]])),
  };
}
