import type { WebGPUProgram } from '@tensorflow/tfjs-backend-webgpu/dist/webgpu_program.js';

/** A WebGPU kernel in tfjs's form, over flat tensors; `uniforms` are set by name when it runs. */
export interface FusedProgram {
  /** Unique for the WGSL: pipelines are kept under it. Shapes belong in the uniforms, so that pipelines stay few. */
  readonly key: string;
  /** Names of the input buffers. Each has to occur in the code: tfjs lets the device derive the layout of bindings. */
  readonly inputs: readonly string[];
  /** Those of them, `result` among them, that the code sees as vectors of four numbers. */
  readonly vectors?: readonly string[];
  /** One at least, which occurs in the code, for the same reason. */
  readonly uniforms: readonly Uniform[];
  /**
   * WGSL that every thread of each workgroup runs, so that it may hold barriers: `group` and `local` say which one it is, and `index` counts all of them. `result` is
   * the output buffer. Nothing keeps it to the bounds.
   */
  readonly code: string;
  /** Threads of a workgroup; 64 by default, at most 256. */
  readonly workgroupSize?: number;
  /** WGSL before it: functions and workgroup memory. */
  readonly declarations?: string;
}

export interface Uniform {
  readonly name: string;
  readonly type: 'int32' | 'float32';
}

export const integers = (...names: string[]): Uniform[] => names.map((name) => ({ name, type: 'int32' }));
export const floats = (...names: string[]): Uniform[] => names.map((name) => ({ name, type: 'float32' }));

/** What tfjs is handed over for the uniforms of one run. @throws RangeError for one that is not given: it would be 0 */
export function uniformData(
  { key, uniforms }: FusedProgram,
  values: Readonly<Record<string, number>>,
): { type: string; data: number[] }[] {
  return uniforms.map(({ name, type }) => {
    const value = values[name];
    if (value === undefined) throw new RangeError(`The program ${key} is given no ${name}`);
    return { type, data: [value] };
  });
}

/**
 * A fresh program object for one run: tfjs writes the final shader key and the pipeline into the object.
 * @param groups workgroups to run
 */
export function toWebGpuProgram(program: FusedProgram, outputLength: number, groups: number): WebGPUProgram {
  const { key, inputs, uniforms, vectors = [], workgroupSize = 64 } = program;
  return {
    variableNames: [...inputs],
    variableComponents: inputs.map((name) => (vectors.includes(name) ? 4 : 1)),
    outputComponent: vectors.includes('result') ? 4 : 1,
    uniforms: uniforms.map(({ name, type }) => `${name} : ${type === 'int32' ? 'i32' : 'f32'}, `).join(''),
    shaderKey: `tendril_${key}`,
    outputShape: [outputLength],
    workgroupSize: [workgroupSize, 1, 1],
    dispatchLayout: { x: [0] },
    dispatch: [groups, 1, 1],
    getUserCode: () => userCode(program),
  };
}

/** More than 65,535 workgroups are spread over three dimensions by tfjs, some in excess. */
const groupIndex = 'i32((workgroupId.z * numWorkgroups.y + workgroupId.y) * numWorkgroups.x + workgroupId.x)';

function userCode({ declarations = '', code }: FusedProgram): string {
  return `${declarations}
    fn main(index : i32) {
      let local = i32(localIndex);
      let group = ${groupIndex};
      ${code}
    }`;
}
