/** The WebAssembly binary compiled from kernels/, base64: small enough to come with the code that uses it, so that one request is saved. */
export declare const kernelBinary: string;
