/** One field of a protobuf message (protobuf.dev/programming-guides/encoding), as bytes. */
export type Field = Uint8Array<ArrayBuffer>;

const VARINT = 0;
const LENGTH_DELIMITED = 2;
const text = new TextEncoder();

/** @param value a whole number from 0 to 2^53 − 1 */
export function varintField(number: number, value: number): Field {
  return joined([varint(number * 8 + VARINT), varint(value)]);
}

export function bytesField(number: number, bytes: Uint8Array): Field {
  return joined([varint(number * 8 + LENGTH_DELIMITED), varint(bytes.length), bytes]);
}

export function textField(number: number, value: string): Field {
  return bytesField(number, text.encode(value));
}

export function messageField(number: number, ...fields: readonly Field[]): Field {
  return bytesField(number, joined(fields));
}

export function joined(parts: readonly Uint8Array[]): Field {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let end = 0;
  for (const part of parts) {
    bytes.set(part, end);
    end += part.length;
  }
  return bytes;
}

/** Seven bits a byte, the lowest first, the eighth set where more follow. Division, because bit operations stop at 32 bits. */
function varint(value: number): Field {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${value} is no varint`);
  const bytes: number[] = [];
  let rest = value;
  while (rest > 127) {
    bytes.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  return Uint8Array.from([...bytes, rest]);
}
