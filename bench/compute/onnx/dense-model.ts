import { bytesField, joined, messageField, textField, varintField, type Field } from './protobuf.ts';
import type { DenseLayer } from '../workload.ts';

const FLOAT = 1;
/** Gemm and Relu are as here since opset 13 and 14; IR version 8 is that of ONNX 1.10. */
const IR_VERSION = 8;
const OPSET = 14;

export const INPUT = 'inputs';
export const OUTPUT = 'scores';

/**
 * Dense layers as an ONNX model (onnx.proto3): a Gemm each, with a Relu after every one but the last. Input `inputs` [rows, inputs], any number of
 * rows; output `scores` [rows, units].
 */
export function denseModel(layers: readonly DenseLayer[]): Uint8Array<ArrayBuffer> {
  const [first, last] = [layers[0], layers.at(-1)];
  if (!first || !last) throw new RangeError('a model without layers');
  const graph = [
    ...layers.flatMap((_, index) => nodesOf(index, index === layers.length - 1)),
    textField(2, 'dense'),
    ...layers.flatMap(({ inputs, units, kernel, bias }, index) => [
      tensor(`kernel${index}`, [inputs, units], kernel),
      tensor(`bias${index}`, [units], bias),
    ]),
    valueInfo(11, INPUT, first.inputs),
    valueInfo(12, OUTPUT, last.units),
  ];
  const opset = messageField(8, varintField(2, OPSET));
  return joined([varintField(1, IR_VERSION), messageField(7, ...graph), opset]);
}

function nodesOf(index: number, isLast: boolean): Field[] {
  const from = index === 0 ? INPUT : `hidden${index - 1}`;
  if (isLast) return [node('Gemm', [from, `kernel${index}`, `bias${index}`], OUTPUT)];
  const sums = `sums${index}`;
  return [node('Gemm', [from, `kernel${index}`, `bias${index}`], sums), node('Relu', [sums], `hidden${index}`)];
}

/** Runtimes may ask for names of nodes; the output's is as good as any. */
function node(operator: string, inputs: readonly string[], output: string): Field {
  const named = [...inputs.map((input) => textField(1, input)), textField(2, output), textField(3, `${output}.node`)];
  return messageField(1, ...named, textField(4, operator));
}

/** TensorProto with its values raw: little-endian, as on every machine that runs this. */
function tensor(name: string, dimensions: readonly number[], values: Float32Array): Field {
  const raw = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const sizes = dimensions.map((size) => varintField(1, size));
  return messageField(5, ...sizes, varintField(2, FLOAT), textField(8, name), bytesField(9, raw));
}

function valueInfo(field: number, name: string, columns: number): Field {
  const rows = messageField(1, textField(2, 'rows'));
  const shape = messageField(2, rows, messageField(1, varintField(1, columns)));
  return messageField(field, textField(1, name), messageField(2, messageField(1, varintField(1, FLOAT), shape)));
}
