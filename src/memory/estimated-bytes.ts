/** About how many bytes a value of plain data takes up when it is stored: a byte a character, 8 a number, and what marks them. */
export function estimatedBytes(value: unknown): number {
  if (typeof value === 'string') return value.length + 2;
  if (typeof value === 'number') return 8;
  if (typeof value !== 'object' || value === null) return 1;
  if (ArrayBuffer.isView(value)) return value.byteLength + 8;
  let bytes = 4;
  for (const key in value) bytes += key.length + 2 + estimatedBytes((value as Record<string, unknown>)[key]);
  return bytes;
}
