export type Trap = 'bounds' | 'unreachable';

type Kernel = (...given: number[]) => unknown;

/** A module with one function, `trap`, of one instruction, `unreachable`. */
const trapping = Uint8Array.from([
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
  ...[0x01, 0x04, 0x01, 0x60, 0x00, 0x00],
  ...[0x03, 0x02, 0x01, 0x00],
  ...[0x07, 0x08, 0x01, 0x04, 0x74, 0x72, 0x61, 0x70, 0x00, 0x00],
  ...[0x0a, 0x05, 0x01, 0x03, 0x00, 0x00, 0x0b],
]);
/** No memory is so large. */
const BEYOND = 0xffff_0000;

/**
 * Makes the kernels of this thread trap: `bounds` by a network that lies beyond their memory, which the kernel itself runs into, `unreachable` in its place.
 * @param name how the kernel's name begins
 * @param at number of the call to it, from 1
 */
export function trapKernels(how: Trap, name: string, at: number): void {
  const instantiate = WebAssembly.instantiate.bind(WebAssembly);
  let calls = 0;
  const trapped =
    (kernel: Kernel, trap: Kernel): Kernel =>
    (network, ...rest) => {
      if (++calls !== at) return kernel(network, ...rest);
      return how === 'bounds' ? kernel(BEYOND, ...rest) : trap();
    };
  const instead = async (bytes: BufferSource) => {
    const source = await instantiate(bytes);
    const { trap } = (await instantiate(trapping)).instance.exports;
    const exports = Object.entries(source.instance.exports).map(([key, value]) => [
      key,
      key.startsWith(name) ? trapped(value as Kernel, trap as Kernel) : value,
    ]);
    return { ...source, instance: { exports: Object.fromEntries(exports) as WebAssembly.Exports } };
  };
  Object.assign(WebAssembly, { instantiate: instead });
}
