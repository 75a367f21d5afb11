import { fork, type ChildProcess } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import { fromRoot } from '../../../scripts/lib/paths.mjs';
import type { Contender, ContenderName } from '../contender.ts';
import type { Answer, Call } from '../contenders/serve.ts';
import { ONNX_FOLDER } from '../rivals.ts';
import { contenderFile } from './bundle-contender.ts';
import { openedBy, type Host } from './host.ts';

/** A process of Node for each contender. WebGPU is not part of Node. @param hasOnnxRuntime whether it is installed */
export function openNodeHost(hasOnnxRuntime: boolean): Host {
  const files = new Map<ContenderName, Promise<string>>();
  const children = new Set<ChildProcess>();
  const wasmFolder = `${fromRoot('node_modules/@tensorflow/tfjs-backend-wasm/dist')}/`;
  const onnxUrl = pathToFileURL(fromRoot(ONNX_FOLDER)).href;
  const onnx = hasOnnxRuntime ? { module: `${onnxUrl}/ort.node.min.mjs`, folder: `${onnxUrl}/` } : null;
  return {
    name: 'Node',
    backends: ['cpu', 'wasm'],
    hasOnnxRuntime,
    async open(name, task) {
      const file = files.get(name) ?? contenderFile(name);
      files.set(name, file);
      const child = fork(await file, [], { execArgv: [] });
      children.add(child);
      const call = callsTo(child);
      await call('open', { ...task, wasmFolder, onnx });
      return openedBy(call, () => child.kill());
    },
    async close() {
      for (const child of children) child.kill();
    },
  };
}

function callsTo(child: ChildProcess) {
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  let calls = 0;
  child.on('message', (answer: Answer) => {
    const waiter = waiting.get(answer.id);
    waiting.delete(answer.id);
    if ('error' in answer) waiter?.reject(new Error(answer.error));
    else waiter?.resolve(answer.value);
  });
  child.once('exit', (code) => {
    for (const { reject } of waiting.values()) reject(new Error(`the contender ended with exit code ${String(code)}`));
  });
  return (method: keyof Contender, ...args: unknown[]): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const id = calls++;
      waiting.set(id, { resolve, reject });
      child.send({ id, method, args } satisfies Call);
    });
}
