const encoder = new TextEncoder();

/** Bytes of a short text: hashed by the thousand, an array for each would cost more than the hash. */
const short = new Uint8Array(3 * 256);

/**
 * MurmurHash3, x86 32-bit variant (Appleby 2011, public domain reference `MurmurHash3_x86_32`) of the UTF-8 bytes of `text`.
 * @returns an unsigned 32-bit integer
 */
export function murmur3(text: string, seed = 0): number {
  const length = writeShort(text);
  if (length !== null) return murmur3Bytes(short, length, seed);
  const bytes = encoder.encode(text);
  return murmur3Bytes(bytes, bytes.length, seed);
}

/** @returns how many bytes are in `short`; null for a text that is long or has surrogates, paired or not */
function writeShort(text: string): number | null {
  if (3 * text.length > short.length) return null;
  let at = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x80) short[at++] = code;
    else if (code < 0x800) {
      short[at++] = 0xc0 | (code >> 6);
      short[at++] = 0x80 | (code & 0x3f);
    } else if (code < 0xd800 || code > 0xdfff) {
      short[at++] = 0xe0 | (code >> 12);
      short[at++] = 0x80 | ((code >> 6) & 0x3f);
      short[at++] = 0x80 | (code & 0x3f);
    } else return null;
  }
  return at;
}

function murmur3Bytes(bytes: Uint8Array, length: number, seed: number): number {
  const blocks = length & ~3;
  let hash = seed;
  for (let i = 0; i < blocks; i += 4) {
    const block = bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24);
    hash ^= scramble(block);
    hash = (hash << 13) | (hash >>> 19);
    hash = (Math.imul(hash, 5) + 0xe6546b64) | 0;
  }
  let tail = 0;
  for (let i = length - 1; i >= blocks; i--) tail = (tail << 8) | bytes[i]!;
  if (length > blocks) hash ^= scramble(tail);
  return finalise(hash ^ length);
}

function scramble(block: number): number {
  const mixed = Math.imul(block, 0xcc9e2d51);
  return Math.imul((mixed << 15) | (mixed >>> 17), 0x1b873593);
}

function finalise(value: number): number {
  let hash = value;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** SHA-256 of `bytes` as 64 lower-case hex digits (WebCrypto; needs a secure context in browsers). */
export async function sha256Hex(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** JSON with object keys sorted at every level, so that equal values give equal text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, entry: unknown) =>
    entry !== null && typeof entry === 'object' && !Array.isArray(entry)
      ? Object.fromEntries(Object.entries(entry).sort(([a], [b]) => (a < b ? -1 : 1)))
      : entry,
  );
}
