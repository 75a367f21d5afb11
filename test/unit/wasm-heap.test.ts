import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WasmHeap } from '../../src/compute/wasm/wasm-heap.ts';

const createHeap = (): WasmHeap => new WasmHeap(new WebAssembly.Memory({ initial: 0 }));

describe('WasmHeap', () => {
  it('gives blocks that share nothing and keep what is written, through growth', () => {
    // A positive number allocates so many numbers, a negative one frees a block.
    const works = fc.array(fc.oneof(fc.integer({ min: 1, max: 40_000 }), fc.integer({ min: -50, max: -1 })), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(works, (work) => {
        const heap = createHeap();
        const blocks: { start: number; length: number; mark: number }[] = [];
        for (const [index, size] of work.entries()) {
          if (size > 0) {
            const start = heap.allocate(4 * size);
            expect(start % 16).toBe(0);
            expect(start).toBeGreaterThan(0);
            heap.floats.fill(index + 1, start / 4, start / 4 + size);
            blocks.push({ start, length: size, mark: index + 1 });
          } else if (blocks.length > 0) {
            heap.free(blocks.splice(-size % blocks.length, 1)[0]!.start);
          }
        }
        for (const { start, length, mark } of blocks) {
          const values = heap.floats.subarray(start / 4, start / 4 + length);
          expect(values.every((value) => value === mark)).toBe(true);
        }
        const { bytes } = heap;
        for (const { start } of blocks) heap.free(start);
        if (bytes > 0) heap.allocate(bytes - 256);
        expect(heap.bytes, 'all gaps have become one').toBe(bytes);
      }),
    );
  });

  it('uses again what is given back', () => {
    const heap = createHeap();
    const [first, second] = [heap.allocate(100_000), heap.allocate(100_000)];
    const { bytes } = heap;
    for (let i = 0; i < 100; i++) {
      heap.free(first);
      expect(heap.allocate(100_000 - 8 * i)).toBe(first);
    }
    expect(heap.bytes).toBe(bytes);
    heap.free(second);
    expect(() => {
      heap.free(second);
    }).toThrow(RangeError);
  });

  it('says that there is no memory, and goes on', () => {
    const heap = createHeap();
    expect(() => heap.allocate(2 ** 31)).toThrow(RangeError);
    expect(heap.allocate(16)).toBeGreaterThan(0);
  });
});
