import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeSafetensors, encodeSafetensors, type SafetensorsTensor } from '../../src/core/safetensors.ts';
import { TendrilError } from '../../src/errors.ts';

const weights: SafetensorsTensor = { dtype: 'F32', shape: [2, 3], data: Float32Array.of(0.5, -1.25, 3, 4.5, -6, 7) };
const bias: SafetensorsTensor = { dtype: 'F64', shape: [2], data: Float64Array.of(Math.PI, -0) };
const steps: SafetensorsTensor = { dtype: 'U8', shape: [3], data: Uint8Array.of(7, 8, 9) };

const headerOf = (bytes: Uint8Array<ArrayBuffer>): string => {
  const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  return new TextDecoder().decode(bytes.subarray(8, 8 + length));
};

/** A file with the header given as text and `dataBytes` zeros after it. */
function fileOf(header: string, dataBytes: number): Uint8Array<ArrayBuffer> {
  const text = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + text.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  return bytes;
}

const codeOf = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    if (error instanceof TendrilError) return error.code;
    throw error;
  }
  return 'none';
};

describe('encodeSafetensors', () => {
  it('lays tensors out by alignment, then name, and pads the header to 8 bytes', () => {
    const bytes = encodeSafetensors({ steps, weights, bias }, { b: '2', a: '1' });
    const header = headerOf(bytes);
    expect(header.trimEnd()).toBe(
      '{"__metadata__":{"a":"1","b":"2"},' +
        '"bias":{"dtype":"F64","shape":[2],"data_offsets":[0,16]},' +
        '"weights":{"dtype":"F32","shape":[2,3],"data_offsets":[16,40]},' +
        '"steps":{"dtype":"U8","shape":[3],"data_offsets":[40,43]}}',
    );
    expect(header.length % 8).toBe(0);
    expect(bytes.length).toBe(8 + header.length + 43);
  });

  it('gives the same bytes for the same content in another order', () => {
    const one = encodeSafetensors({ weights, bias, steps }, { x: 'y', a: 'b' });
    const other = encodeSafetensors(new Map(Object.entries({ steps, bias, weights })), { a: 'b', x: 'y' });
    expect(other).toEqual(one);
  });

  it('sorts names by their UTF-8 bytes, not by UTF-16 units', () => {
    const bytes = encodeSafetensors({ '\u{1F331}': steps, '\uFF5E': steps });
    expect([...decodeSafetensors(bytes).tensors.keys()]).toEqual(['\uFF5E', '\u{1F331}']);
  });

  it('refuses what could not be read back', () => {
    expect(codeOf(() => encodeSafetensors({ short: { ...weights, shape: [7] } }))).toBe('INVALID_DATA');
    expect(codeOf(() => encodeSafetensors({ __metadata__: steps }))).toBe('INVALID_DATA');
    expect(codeOf(() => encodeSafetensors({ '\ud800': steps }))).toBe('INVALID_DATA');
    expect(codeOf(() => encodeSafetensors({ steps }, { key: '\udfff' }))).toBe('INVALID_DATA');
    const wrongArray = { dtype: 'I32', shape: [3], data: steps.data } as unknown as SafetensorsTensor;
    expect(codeOf(() => encodeSafetensors({ wrongArray }))).toBe('INVALID_DATA');
  });
});

describe('decodeSafetensors', () => {
  it('reads what was written, bit for bit', () => {
    const { tensors, metadata } = decodeSafetensors(encodeSafetensors({ weights, bias, steps }, { __proto__x: 'é' }));
    expect(Object.fromEntries(tensors)).toEqual({ weights, bias, steps });
    expect(Object.is(tensors.get('bias')?.data[1], -0)).toBe(true);
    expect(metadata).toEqual({ __proto__x: 'é' });
  });

  it('makes views of aligned data and copies of the rest', () => {
    const bytes = encodeSafetensors({ weights });
    const shifted = new Uint8Array(bytes.length + 1);
    shifted.set(bytes, 1);
    expect(decodeSafetensors(bytes).tensors.get('weights')?.data.buffer).toBe(bytes.buffer);
    const unaligned = decodeSafetensors(shifted.subarray(1)).tensors.get('weights');
    expect(unaligned?.data.buffer).not.toBe(shifted.buffer);
    expect(unaligned).toEqual(weights);
  });

  it('reads a header that is not padded, and dtypes that have no array of their own as raw bits', () => {
    const file = fileOf('{"h":{"dtype":"BF16","shape":[2],"data_offsets":[0,4]}}', 4);
    file.set([0x80, 0x3f], file.length - 4);
    expect(decodeSafetensors(file).tensors.get('h')).toEqual({
      dtype: 'BF16',
      shape: [2],
      data: Uint16Array.of(0x3f80, 0),
    });
  });

  const u8 = (begin: number, end: number, shape = end - begin) =>
    `{"dtype":"U8","shape":[${shape}],"data_offsets":[${begin},${end}]}`;
  it.each([
    ['nothing', new Uint8Array(0)],
    ['a header length without header', fileOf('', 0)],
    ['a header length beyond the cap', Uint8Array.of(0, 0, 0, 0, 1, 0, 0, 0, 0x7b)],
    ['a header length beyond the file', Uint8Array.of(9, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0x7d)],
    ['a header that starts with a space', fileOf(' {}', 0)],
    ['a header that starts with a byte order mark', fileOf('\uFEFF{}', 0)],
    ['half a header', fileOf('{"a":', 0)],
    ['a tensor that is a number', fileOf('{"a":3}', 0)],
    ['an unknown dtype', fileOf('{"a":{"dtype":"F31","shape":[0],"data_offsets":[0,0]}}', 0)],
    ['a negative size', fileOf('{"a":{"dtype":"U8","shape":[-2,-2],"data_offsets":[0,4]}}', 4)],
    ['a broken size', fileOf('{"a":{"dtype":"U8","shape":[2.5],"data_offsets":[0,2]}}', 2)],
    ['a size beyond counting', fileOf('{"a":{"dtype":"U8","shape":[9007199254740991,9],"data_offsets":[0,2]}}', 2)],
    ['three offsets', fileOf('{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2,2]}}', 2)],
    ['an unknown field', fileOf('{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2],"b":1}}', 2)],
    ['offsets that go back', fileOf(`{"a":${u8(2, 0)}}`, 2)],
    ['a shape that does not fit', fileOf(`{"a":${u8(0, 4, 3)}}`, 4)],
    ['a hole', fileOf(`{"a":${u8(0, 2)},"b":${u8(3, 5)}}`, 5)],
    ['an overlap', fileOf(`{"a":${u8(0, 3)},"b":${u8(2, 5)}}`, 5)],
    ['data at the end that no tensor names', fileOf(`{"a":${u8(0, 2)}}`, 3)],
    ['data that ends early', fileOf(`{"a":${u8(0, 2)}}`, 1)],
    ['a name given twice', fileOf(`{"a":${u8(0, 2)},"\\u0061":${u8(0, 2)}}`, 2)],
    ['a metadata key given twice', fileOf('{"__metadata__":{"k":"1","k" : "2"}}', 0)],
    ['metadata with a number', fileOf('{"__metadata__":{"k":1}}', 0)],
    ['metadata with half a surrogate pair', fileOf('{"__metadata__":{"k":"\\ud800"}}', 0)],
  ])('refuses %s', (_, bytes) => {
    expect(codeOf(() => decodeSafetensors(bytes))).toBe('CHECKPOINT_CORRUPT');
  });

  it('is not misled by quotes and braces within names', () => {
    const { tensors } = decodeSafetensors(fileOf(`{"a\\"{:":${u8(0, 1)},"a\\\\":${u8(1, 2)},"a":${u8(2, 3)}}`, 3));
    expect([...tensors.keys()]).toEqual(['a"{:', 'a\\', 'a']);
  });
});

const anyName = fc.string({ unit: 'binary' }).filter((name) => name !== '__metadata__' && !/\p{Surrogate}/u.test(name));
const shape = fc.array(fc.nat(4), { maxLength: 3 });
const elements = (sizes: number[]): number => sizes.reduce((product, size) => product * size, 1);
const anyTensor: fc.Arbitrary<SafetensorsTensor> = shape.chain((sizes) => {
  const minLength = elements(sizes);
  const size = { minLength, maxLength: minLength };
  return fc.oneof(
    fc.float32Array(size).map((data) => ({ dtype: 'F32' as const, shape: sizes, data })),
    fc.float64Array(size).map((data) => ({ dtype: 'F64' as const, shape: sizes, data })),
    fc.int32Array(size).map((data) => ({ dtype: 'I32' as const, shape: sizes, data })),
    fc.uint32Array(size).map((data) => ({ dtype: 'U32' as const, shape: sizes, data })),
    fc.uint8Array(size).map((data) => ({ dtype: 'U8' as const, shape: sizes, data })),
    fc.bigInt64Array(size).map((data) => ({ dtype: 'I64' as const, shape: sizes, data })),
  );
});
const anyFile = fc.record({
  tensors: fc
    .uniqueArray(fc.tuple(anyName, anyTensor), { selector: ([name]) => name, maxLength: 6 })
    .map((all) => new Map(all)),
  metadata: fc.dictionary(anyName, anyName, { maxKeys: 4, noNullPrototype: true }),
});

/** Decodes to something, or refuses as corrupt; anything else thrown fails the test. */
const staysCalm = (bytes: Uint8Array<ArrayBuffer>): void => {
  expect(['none', 'CHECKPOINT_CORRUPT']).toContain(codeOf(() => decodeSafetensors(bytes)));
};

describe('safetensors properties', () => {
  it('round trips', () => {
    fc.assert(
      fc.property(anyFile, ({ tensors, metadata }) => {
        const decoded = decodeSafetensors(encodeSafetensors(tensors, metadata));
        expect(new Map([...decoded.tensors].sort())).toEqual(new Map([...tensors].sort()));
        expect(decoded.metadata).toEqual(metadata);
      }),
    );
  });

  it('refuses every truncation', () => {
    fc.assert(
      fc.property(
        anyFile,
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        ({ tensors, metadata }, part) => {
          const bytes = encodeSafetensors(tensors, metadata);
          const cut = bytes.slice(0, Math.floor(bytes.length * part));
          expect(codeOf(() => decodeSafetensors(cut))).toBe('CHECKPOINT_CORRUPT');
        },
      ),
    );
  });

  it('survives any changed byte of the header and any bytes at all', () => {
    fc.assert(
      fc.property(anyFile, fc.nat(), fc.nat(255), ({ tensors, metadata }, at, value) => {
        const bytes = encodeSafetensors(tensors, metadata);
        bytes[at % (8 + headerOf(bytes).length)] = value;
        staysCalm(bytes);
      }),
      { numRuns: 1000 },
    );
    fc.assert(fc.property(fc.uint8Array(), (bytes) => staysCalm(new Uint8Array(bytes))));
    fc.assert(fc.property(fc.json(), (json) => staysCalm(fileOf(json, 4))));
  });
});
