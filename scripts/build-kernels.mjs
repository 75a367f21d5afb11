/**
 * Compiles the WebAssembly kernels, unless that is done. Whatever runs the library from its sources imports this first: the build, the checks, vitest, and with
 * `tsx --import ./scripts/build-kernels.mjs` the benchmarks.
 */
import { ensureKernels } from './lib/kernels.mjs';

await ensureKernels();
