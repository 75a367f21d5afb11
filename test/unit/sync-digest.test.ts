import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { digestOf, fromReprDigest, toReprDigest } from '../../src/sync/digest.ts';

describe('digests', () => {
  it('are SHA-256, in hex with us and in base64 on the wire', async () => {
    // FIPS 180-2, appendix B.1, and the same as the field value of RFC 9530.
    const digest = 'sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
    expect(await digestOf(new TextEncoder().encode('abc'))).toBe(digest);
    expect(toReprDigest(digest)).toBe('sha-256=:ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=:');
  });

  it('come back from the wire', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const hash = createHash('sha256').update(bytes);
        const base64 = hash.copy().digest('base64');
        const digest = `sha256:${hash.digest('hex')}`;
        expect(toReprDigest(digest)).toBe(`sha-256=:${base64}:`);
        expect(fromReprDigest(`sha-512=:AAAA:, sha-256=:${base64}:`)).toBe(digest);
      }),
    );
  });

  it.each(['', 'sha-512=:AAAA:', 'sha-256=:AAAA:', 'sha-256=AAAA', `xsha-256=:${'A'.repeat(43)}=:`])(
    'are not in "%s"',
    (field) => {
      expect(fromReprDigest(field)).toBeNull();
    },
  );
});
