/** Quiet, and able to run as root and in containers. */
const baseArgs = [
  '--no-sandbox',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-dev-shm-usage',
];

/** WebGPU without a graphics card: SwiftShader, asked for by name because Chromium no longer falls back to it. */
const softwareWebGpuArgs = [
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--enable-features=Vulkan',
  '--use-vulkan=swiftshader',
];

/** What a learner does must not depend on what else the machine does: it would wait while that is busy. */
const withoutLoad = '--disable-blink-features=ComputePressure';

/** Flags for every Chromium that tests start. */
export const chromiumArgs = [...baseArgs, ...softwareWebGpuArgs, withoutLoad];
