import type { Transaction } from 'kysely';
import type { ModelVersion } from '../../src/sync/wire.ts';
import type { NewModelVersion } from './registry-store.ts';
import { toVersion } from './rows.ts';
import type { Tables } from './tables.ts';

/** The version that this key stands for, or else the one that has these bytes. */
export async function findPublished(
  transaction: Transaction<Tables>,
  given: NewModelVersion,
): Promise<ModelVersion | null> {
  const versions = transaction
    .selectFrom('model_versions')
    .selectAll('model_versions')
    .where('model_versions.model', '=', given.model);
  const byKey = versions
    .innerJoin('idempotency_keys', (join) =>
      join
        .onRef('idempotency_keys.model', '=', 'model_versions.model')
        .onRef('idempotency_keys.model_version', '=', 'model_versions.model_version'),
    )
    .where('idempotency_keys.idempotency_key', '=', given.idempotencyKey ?? '');
  const row =
    (await byKey.executeTakeFirst()) ?? (await versions.where('digest', '=', given.digest).executeTakeFirst());
  return row ? toVersion(row) : null;
}

export async function insertVersion(
  transaction: Transaction<Tables>,
  given: NewModelVersion,
  modelVersion: number,
): Promise<ModelVersion> {
  const { model, digest, sizeBytes, metadata, nowMs } = given;
  const row = {
    model,
    model_version: modelVersion,
    digest,
    size_bytes: sizeBytes,
    created_at_ms: nowMs,
    metadata: JSON.stringify(metadata),
  };
  await transaction.insertInto('model_versions').values(row).execute();
  await transaction
    .updateTable('models')
    .set({ latest_model_version: modelVersion })
    .where('model', '=', model)
    .execute();
  await rememberKey(transaction, given, modelVersion);
  return toVersion(row);
}

export async function rememberKey(
  transaction: Transaction<Tables>,
  { model, idempotencyKey }: NewModelVersion,
  modelVersion: number,
): Promise<void> {
  if (idempotencyKey === null) return;
  const row = { model, idempotency_key: idempotencyKey, model_version: modelVersion };
  await transaction
    .insertInto('idempotency_keys')
    .values(row)
    .onConflict((conflict) => conflict.columns(['model', 'idempotency_key']).doNothing())
    .execute();
}
