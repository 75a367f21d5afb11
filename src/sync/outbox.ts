import { asTendrilError, TendrilError } from '../errors.ts';
import { digestOf } from './digest.ts';
import { normalRegistryUrl, type RegistryClient } from './registry-client.ts';
import type { ModelVersion } from './wire.ts';

/** A checkpoint on its way to the registry. */
export interface OutboxEntry {
  /** Also the idempotency key: one entry, one version, however often it is sent. */
  readonly id: string;
  readonly registryUrl: string;
  readonly model: string;
  /** `sha256:<hex>` of `bytes` */
  readonly digest: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Points to the new version once it is there. */
  readonly alias?: string | undefined;
  readonly createdAtMs: number;
  readonly attempts: number;
  readonly lastError: { readonly code: string; readonly message: string } | null;
  /** Refused for good: waits for a person, not for another attempt. */
  readonly parked: boolean;
}

/** Where entries wait. Every resolved write is durable. */
export interface OutboxStore {
  add(entry: OutboxEntry): Promise<void>;
  /** Oldest first. */
  list(): Promise<OutboxEntry[]>;
  /** No error when it is gone: a page and its service worker can send at the same time. */
  remove(id: string): Promise<void>;
  update(entry: OutboxEntry): Promise<void>;
}

export interface OutboxReport {
  readonly sent: ModelVersion[];
  /** To be tried again: it failed, or stands behind one of the same model that failed. */
  readonly kept: OutboxEntry[];
  /** Refused for good, now or earlier. */
  readonly parked: OutboxEntry[];
}

/** These say that the request itself is wrong. Others pass: a token is set, a server repaired. */
const finalStatuses: readonly unknown[] = [400, 413, 422];
/** Says that the bytes changed on their way, which they need not do again. */
const damagedOnTheWay = 'DIGEST_MISMATCH';

/**
 * Sends what waits for the client's registry, at least once and in order within a model, and removes it only when the
 * registry has it. Failures are in the report; it rejects only when the store does.
 */
export async function flushOutbox({
  store,
  client,
}: {
  store: OutboxStore;
  client: RegistryClient;
}): Promise<OutboxReport> {
  const report: OutboxReport = { sent: [], kept: [], parked: [] };
  const heldBack = new Map<string, OutboxEntry['lastError']>();
  let unreachable: OutboxEntry['lastError'] = null;
  for (const entry of await store.list()) {
    if (!isFor(client, entry)) continue;
    const before = unreachable ?? heldBack.get(entry.model);
    if (entry.parked) report.parked.push(entry);
    else if (before) report.kept.push({ ...entry, lastError: before });
    else {
      const failed = await flushOne(entry, store, client, report);
      if (failed?.parked === false) heldBack.set(entry.model, failed.lastError);
      if (failed?.lastError?.code === 'REGISTRY_UNREACHABLE') unreachable = failed.lastError;
    }
  }
  return report;
}

/** Storage is shared with the host page: an address that cannot be read is nobody's, and stops nothing. */
function isFor(client: RegistryClient, { registryUrl }: OutboxEntry): boolean {
  return URL.canParse(registryUrl) && normalRegistryUrl(registryUrl) === client.registryUrl;
}

/** @returns the entry as it stays in the store, or null when it was sent */
async function flushOne(
  entry: OutboxEntry,
  store: OutboxStore,
  client: RegistryClient,
  report: OutboxReport,
): Promise<OutboxEntry | null> {
  const outcome = await send(entry, client).catch((caught: unknown) => asTendrilError(caught));
  if (!(outcome instanceof TendrilError)) {
    await store.remove(entry.id);
    report.sent.push(outcome);
    return null;
  }
  const { code, message } = outcome;
  const failed = { ...entry, attempts: entry.attempts + 1, lastError: { code, message }, parked: isFinal(outcome) };
  await store.update(failed);
  (failed.parked ? report.parked : report.kept).push(failed);
  return failed;
}

function isFinal({ code, details }: TendrilError): boolean {
  if (code === 'CHECKPOINT_CORRUPT') return true;
  return (
    code === 'REGISTRY_REJECTED' &&
    finalStatuses.includes(details['status']) &&
    details['registryCode'] !== damagedOnTheWay
  );
}

/** @throws CHECKPOINT_CORRUPT when the storage no longer holds what was put into it */
async function send(entry: OutboxEntry, client: RegistryClient): Promise<ModelVersion> {
  const found = await digestOf(entry.bytes);
  if (found !== entry.digest)
    throw new TendrilError('CHECKPOINT_CORRUPT', { reason: `it has digest ${found} instead of ${entry.digest}` });
  const published = await client.publish(entry.model, entry.bytes, { idempotencyKey: entry.id });
  if (entry.alias !== undefined) await moveAlias(entry.alias, entry.attempts > 0, published, client);
  return published;
}

/** A repeated attempt moves the alias only forward: between the attempts a newer version may have become its target. */
async function moveAlias(
  alias: string,
  repeated: boolean,
  { model, modelVersion }: ModelVersion,
  client: RegistryClient,
): Promise<void> {
  const current = repeated ? await client.resolveAlias(model, alias) : null;
  if (current && current.modelVersion >= modelVersion) return;
  await client.setAlias(model, alias, modelVersion, current ? { ifMatch: current.etag } : {});
}
