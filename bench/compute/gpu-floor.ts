import type { WebGpuTensors } from '../../src/compute/webgpu/tensors.ts';
import { integers, type FusedProgram } from '../../src/compute/webgpu/programs.ts';
import { elapsedMs } from './contenders/timing.ts';
import type { Timed } from './interleave.ts';

/** As many as a network lets wait on the device. */
const STEPS_IN_FLIGHT = 8;

const empty: FusedProgram = {
  key: 'bench_empty',
  inputs: [],
  uniforms: integers('length'),
  code: 'if (index < uniforms.length) { result[index] = 1.0; }',
};

const copy: FusedProgram = {
  key: 'bench_copy',
  inputs: ['given'],
  uniforms: integers('length'),
  code: 'if (index < uniforms.length) { result[index] = given[index]; }',
};

/** Steps that dispatch as often as a training step does, and compute nothing: what no step can be faster than. */
export function emptySteps(tensors: WebGpuTensors, dispatches: number): Timed {
  const output = tensors.allocate(64);
  return {
    run: (steps) =>
      elapsedMs(async () => {
        for (let step = 1; step <= steps; step++) {
          for (let i = 0; i < dispatches; i++) tensors.run(empty, [], { length: 1 }, output, 1);
          tensors.submit();
          if (step % STEPS_IN_FLIGHT === 0) await tensors.finished();
        }
        await tensors.read(output, 0, 1);
      }),
  };
}

/** Runs of a program that reads `length` numbers and writes them again: how fast a program gets at memory. */
export function copies(tensors: WebGpuTensors, length: number): Timed {
  const [given, output] = [tensors.allocate(length), tensors.allocate(length)];
  return {
    run: (times) =>
      elapsedMs(async () => {
        for (let i = 0; i < times; i++) tensors.run(copy, [given], { length }, output, Math.ceil(length / 64));
        tensors.submit();
        await tensors.finished();
      }),
  };
}
