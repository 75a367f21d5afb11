import { create, globals } from 'webgpu';

/** Makes WebGPU part of this process of Node, as it is part of a browser. Processes that are to have it load this first. */
Object.assign(globalThis, globals);
Object.defineProperty(globalThis, 'navigator', { value: { gpu: create([]), userAgent: 'Node' }, configurable: true });
