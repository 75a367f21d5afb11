import * as v from 'valibot';
import type { Clock } from '../src/core/clock.ts';
import { decodeSafetensors } from '../src/core/safetensors.ts';
import { TendrilError } from '../src/errors.ts';
import { digestOf } from '../src/sync/digest.ts';
import { RegistryError } from './registry-error.ts';
import type { BlobStore } from './stores/blob-store.ts';
import type { PublishResult, RegistryStore } from './stores/registry-store.ts';

export interface Stores {
  readonly store: RegistryStore;
  readonly blobs: BlobStore;
  readonly clock: Clock;
}

export interface Publication {
  readonly model: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly idempotencyKey: string | null;
  /** The digest that the caller says the bytes have. */
  readonly expectedDigest: string | null;
}

/** Metadata is listed with every version, so that it has to stay small. */
const maxMetadataBytes = 64 * 1024;

/** What every checkpoint says of itself; all else in the metadata is kept as it comes. */
const checkpointMetadata = v.looseObject({ 'tendril.format': v.pipe(v.string(), v.minLength(1)) });

/**
 * Stores the checkpoint and gives it the model's next number. The blob comes first: a version never refers to bytes that
 * are not there.
 * @throws DIGEST_MISMATCH, CHECKPOINT_CORRUPT, CHECKPOINT_REFUSED, IDEMPOTENCY_KEY_REUSED
 */
export async function publish({ store, blobs, clock }: Stores, publication: Publication): Promise<PublishResult> {
  const { model, bytes, idempotencyKey, expectedDigest } = publication;
  const digest = await digestOf(bytes);
  if (expectedDigest !== null && expectedDigest !== digest) {
    throw new RegistryError('DIGEST_MISMATCH', { found: digest, expected: expectedDigest });
  }
  const metadata = readMetadata(bytes);
  await blobs.put(digest, bytes);
  return store.publish({ model, digest, sizeBytes: bytes.length, metadata, idempotencyKey, nowMs: clock.nowMs() });
}

function readMetadata(bytes: Uint8Array<ArrayBuffer>): Record<string, string> {
  const { metadata } = decode(bytes);
  if (!v.is(checkpointMetadata, metadata)) throw refused('its metadata has no tendril.format');
  const sizeBytes = new TextEncoder().encode(JSON.stringify(metadata)).length;
  if (sizeBytes > maxMetadataBytes) throw refused(`its metadata is longer than ${maxMetadataBytes} bytes`);
  return metadata;
}

function decode(bytes: Uint8Array<ArrayBuffer>): ReturnType<typeof decodeSafetensors> {
  try {
    return decodeSafetensors(bytes);
  } catch (caught) {
    if (!(caught instanceof TendrilError)) throw caught;
    throw new RegistryError('CHECKPOINT_CORRUPT', caught.details, { cause: caught });
  }
}

function refused(reason: string): RegistryError {
  return new RegistryError('CHECKPOINT_REFUSED', { reason });
}
