import { sha256Hex } from '../core/hashing.ts';
import { asTendrilError } from '../errors.ts';

/**
 * @returns `sha256:<hex>`
 * @throws INTERNAL where there is no WebCrypto, as on pages that were not served over HTTPS
 */
export async function digestOf(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  try {
    return `sha256:${await sha256Hex(bytes)}`;
  } catch (caught) {
    throw asTendrilError(caught);
  }
}

/** The `Repr-Digest` field (RFC 9530) for a `sha256:<hex>`. */
export function toReprDigest(digest: string): string {
  const bytes = (digest.split(':')[1] ?? '').match(/../g) ?? [];
  return `sha-256=:${btoa(String.fromCharCode(...bytes.map((byte) => parseInt(byte, 16))))}:`;
}

/**
 * The `sha256:<hex>` in a `Repr-Digest` field, which can hold digests of other algorithms, too.
 * @returns null where the field has no SHA-256, or one that cannot be read
 */
export function fromReprDigest(field: string): string | null {
  const base64 = /(?:^|[\s,])sha-256=:([A-Za-z0-9+/]{43}=):/.exec(field)?.[1];
  if (base64 === undefined) return null;
  const hex = Array.from(atob(base64), (character) => character.charCodeAt(0).toString(16).padStart(2, '0'));
  return `sha256:${hex.join('')}`;
}
