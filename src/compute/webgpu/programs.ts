import type { WebGPUProgram } from '@tensorflow/tfjs-backend-webgpu/dist/webgpu_program.js';

/** A fused WebGPU kernel in tfjs's form, over flat tensors; `uniforms` are set by name when it runs. */
export interface FusedProgram {
  /** Unique for the WGSL: pipelines are kept under it. Shapes belong in the uniforms, so that pipelines stay few. */
  readonly key: string;
  /** Names of the input buffers. Each has to occur in the code: tfjs lets the device derive the layout of bindings. */
  readonly inputs: readonly string[];
  readonly uniforms: readonly Uniform[];
  /**
   * WGSL of `fn main(index: i32)`, run for each index below `uniforms.threads`; `result` is the output buffer. With `wholeWorkgroups` the code runs for every
   * thread of a workgroup, so that it may hold barriers; it sees `group` and `local` instead, and has to keep to the bounds itself.
   */
  readonly code: string;
  readonly wholeWorkgroups?: boolean;
  /** Threads of a workgroup; 64 by default, at most 256. */
  readonly workgroupSize?: number;
  /** WGSL before `main`: functions and workgroup memory. */
  readonly declarations?: string;
}

export interface Uniform {
  readonly name: string;
  readonly type: 'int32' | 'float32';
}

export const integers = (...names: string[]): Uniform[] => names.map((name) => ({ name, type: 'int32' }));
export const floats = (...names: string[]): Uniform[] => names.map((name) => ({ name, type: 'float32' }));

export function workgroupSizeOf({ workgroupSize = 64 }: FusedProgram): number {
  return workgroupSize;
}

/**
 * A fresh program object for one run: tfjs writes the final shader key and the pipeline into the object.
 * @param threads how many indices `main` runs for: fewer than outputs where one index does a whole row
 */
export function toWebGpuProgram(program: FusedProgram, outputLength: number, threads: number): WebGPUProgram {
  const workgroupSize = workgroupSizeOf(program);
  return {
    variableNames: [...program.inputs],
    uniforms: program.uniforms.map(({ name, type }) => `${name} : ${type === 'int32' ? 'i32' : 'f32'}, `).join(''),
    shaderKey: `tendril_${program.key}`,
    outputShape: [outputLength],
    workgroupSize: [workgroupSize, 1, 1],
    dispatchLayout: { x: [0] },
    dispatch: [Math.ceil(threads / workgroupSize), 1, 1],
    getUserCode: () => userCode(program),
  };
}

/** More than 65,535 workgroups are spread over three dimensions by tfjs, some in excess. */
const groupIndex = 'i32((workgroupId.z * numWorkgroups.y + workgroupId.y) * numWorkgroups.x + workgroupId.x)';

function userCode({ declarations = '', code, wholeWorkgroups = false }: FusedProgram): string {
  const body = wholeWorkgroups
    ? `let local = i32(localIndex); let group = ${groupIndex}; ${code}`
    : `if (index < uniforms.threads) { ${code} }`;
  return `${declarations}
    fn main(index : i32) { ${body} }`;
}
