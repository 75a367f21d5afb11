import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { denseModel } from '../../bench/compute/onnx/dense-model.ts';
import { bytesField, messageField, textField, varintField } from '../../bench/compute/onnx/protobuf.ts';

const layers = [
  { inputs: 2, units: 3, kernel: Float32Array.of(1, -2, 3, 4, 5, -6), bias: Float32Array.of(0.5, 0, -1) },
  { inputs: 3, units: 1, kernel: Float32Array.of(1, 2, 3), bias: Float32Array.of(0.25) },
];

describe('protobuf', () => {
  it('writes the examples of its documentation', () => {
    // protobuf.dev/programming-guides/encoding: field 1 = 150; field 2 = "testing"; field 3 = a message with field 1 = 150.
    expect([...varintField(1, 150)]).toEqual([0x08, 0x96, 0x01]);
    expect([...textField(2, 'testing')]).toEqual([0x12, 0x07, 0x74, 0x65, 0x73, 0x74, 0x69, 0x6e, 0x67]);
    expect([...messageField(3, varintField(1, 150))]).toEqual([0x1a, 0x03, 0x08, 0x96, 0x01]);
  });

  it('writes lengths and numbers beyond one byte and beyond 32 bits', () => {
    expect([...bytesField(1, new Uint8Array(300))].slice(0, 3)).toEqual([0x0a, 0xac, 0x02]);
    expect([...varintField(1, 2 ** 32)]).toEqual([0x08, 0x80, 0x80, 0x80, 0x80, 0x10]);
    expect([...varintField(1, 0)]).toEqual([0x08, 0x00]);
  });

  it('refuses what is no whole number', () => {
    expect(() => varintField(1, -1)).toThrow(RangeError);
    expect(() => varintField(1, 1.5)).toThrow(RangeError);
  });
});

describe('a model of dense layers', () => {
  it('is the one that onnx 1.23.2 accepts and reads as Gemm, Relu, Gemm', () => {
    // These bytes passed `onnx.checker.check_model(model, full_check=True)`; onnx's ReferenceEvaluator gives [[25.75], [10.75]] for the rows [1, 2] and [-1, 0.5].
    const bytes = denseModel(layers);
    expect(bytes).toHaveLength(339);
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(
      '60e8ea163fd15f8a8a1566c71962d74b665b5be2cda59f7170036127eca4ad27',
    );
  });

  it('needs a layer', () => {
    expect(() => denseModel([])).toThrow(RangeError);
  });
});
