import type { BackendWasmModule } from '@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm.js';
import * as glue from '@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm.js';
import { reasonOf, TendrilError } from '../errors.ts';

/** tfjs's wasm module with what Emscripten puts on it. */
export interface TfjsWasmModule extends BackendWasmModule {
  readonly HEAPU8: Uint8Array;
  cwrap(
    name: string,
    result: 'number' | null,
    args: ('number' | 'array')[],
  ): (...args: (number | boolean | Uint8Array)[]) => number;
}

type GlueFactory = (settings: {
  instantiateWasm: InstantiateWasm;
  onAbort(reason: string): void;
}) => Promise<TfjsWasmModule>;
type InstantiateWasm = (imports: WebAssembly.Imports, receive: (instance: WebAssembly.Instance) => void) => object;

/** The glue is a UMD file: some module loaders hand out its export as `default`, others as the namespace. */
const createModule = ('default' in glue ? glue.default : glue) as unknown as GlueFactory;

/**
 * Loads tfjs's single-thread SIMD binary and gives the module that `BackendWasm` is made of. tfjs's own `init` is not
 * used: it would take the threaded binary on a cross-origin isolated page, and it never settles when compilation is
 * forbidden.
 * @param wasmUrl URL of tfjs-backend-wasm-simd.wasm or, in Node, its path
 * @throws BACKEND_UNAVAILABLE
 */
export async function loadWasmModule(wasmUrl: string): Promise<TfjsWasmModule> {
  if (typeof WebAssembly === 'undefined') throw unavailable('WebAssembly is not supported');
  const compiled = await compile(await fetchBinary(wasmUrl));
  const module = await instantiate(compiled);
  addTfjsFunctions(module);
  return module;
}

async function fetchBinary(wasmUrl: string): Promise<BufferSource> {
  try {
    // `getBuiltinModule` instead of an import keeps Node's modules out of what bundlers see.
    const fileSystem = /^(https?|blob|data):/.test(wasmUrl)
      ? undefined
      : nodeProcess()?.getBuiltinModule?.('node:fs/promises');
    if (fileSystem) return await fileSystem.readFile(wasmUrl.startsWith('file:') ? new URL(wasmUrl) : wasmUrl);
    const response = await fetch(wasmUrl);
    if (!response.ok) throw new Error(`${wasmUrl} answered with status ${response.status}`);
    return await response.arrayBuffer();
  } catch (caught) {
    throw unavailable(`the WebAssembly binary could not be loaded: ${reasonOf(caught)}`, caught);
  }
}

/** Fails where a content security policy lacks 'wasm-unsafe-eval' and where the browser has no SIMD. */
async function compile(binary: BufferSource): Promise<WebAssembly.Module> {
  try {
    return await WebAssembly.compile(binary);
  } catch (caught) {
    throw unavailable(`the WebAssembly binary could not be compiled: ${reasonOf(caught)}`, caught);
  }
}

function instantiate(compiled: WebAssembly.Module): Promise<TfjsWasmModule> {
  return new Promise((resolve, reject) => {
    const fail = (caught: unknown): void =>
      reject(unavailable(`WebAssembly did not start: ${reasonOf(caught)}`, caught));
    const instantiateWasm: InstantiateWasm = (imports, receive) => {
      WebAssembly.instantiate(compiled, imports).then(receive, fail);
      return {};
    };
    createModule({ instantiateWasm, onAbort: fail }).then(resolve, fail);
  });
}

/** What tfjs's `init` adds to the module (backend_wasm.ts). */
function addTfjsFunctions(module: TfjsWasmModule): void {
  module.tfjs = {
    init: module.cwrap('init', null, []),
    initWithThreadsCount: module.cwrap('init_with_threads_count', null, ['number']),
    getThreadsCount: module.cwrap('get_threads_count', 'number', []),
    registerTensor: module.cwrap('register_tensor', null, ['number', 'number', 'number']),
    disposeData: module.cwrap('dispose_data', null, ['number']),
    dispose: module.cwrap('dispose', null, []),
  };
}

function unavailable(reason: string, cause?: unknown): TendrilError {
  return new TendrilError('BACKEND_UNAVAILABLE', { backend: 'wasm', reason }, { cause });
}

/** Browsers have no `process`, Node before 20.16 no `getBuiltinModule`. */
function nodeProcess(): Partial<Pick<NodeJS.Process, 'getBuiltinModule'>> | undefined {
  return (globalThis as { process?: Partial<Pick<NodeJS.Process, 'getBuiltinModule'>> }).process;
}
