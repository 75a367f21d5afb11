import type { Kysely, Transaction } from 'kysely';
import type { Alias } from '../../src/sync/wire.ts';
import { RegistryError } from '../registry-error.ts';
import type { AliasChange } from './registry-store.ts';
import { toAlias } from './rows.ts';
import type { Tables } from './tables.ts';

export async function findAlias(database: Kysely<Tables>, model: string, alias: string): Promise<Alias | null> {
  const row = await aliasRows(database, model).where('aliases.alias', '=', alias).executeTakeFirst();
  return row ? toAlias(row) : null;
}

export async function listAliases(database: Kysely<Tables>, model: string): Promise<Alias[]> {
  const rows = await aliasRows(database, model).orderBy('aliases.alias').execute();
  return rows.map(toAlias);
}

function aliasRows(database: Kysely<Tables>, model: string) {
  return database
    .selectFrom('aliases')
    .innerJoin('model_versions', (join) =>
      join
        .onRef('model_versions.model', '=', 'aliases.model')
        .onRef('model_versions.model_version', '=', 'aliases.model_version'),
    )
    .selectAll('aliases')
    .select('model_versions.digest')
    .where('aliases.model', '=', model);
}

/** @throws UNKNOWN_MODEL_VERSION */
export async function putAlias(
  transaction: Transaction<Tables>,
  change: AliasChange,
  current: Alias | null,
  modelVersion: number,
): Promise<Alias> {
  const { model, alias, nowMs } = change;
  const versions = transaction.selectFrom('model_versions').select('digest').where('model', '=', model);
  const target = await versions.where('model_version', '=', modelVersion).executeTakeFirst();
  if (!target) throw new RegistryError('UNKNOWN_MODEL_VERSION', { model, modelVersion });
  const revision = await appendMove(transaction, change, current, modelVersion);
  const state = { model_version: modelVersion, revision, updated_at_ms: nowMs };
  await transaction
    .insertInto('aliases')
    .values({ model, alias, ...state })
    .onConflict((conflict) => conflict.columns(['model', 'alias']).doUpdateSet(state))
    .execute();
  return toAlias({ model, alias, ...state, digest: target.digest });
}

/** Revisions go on after a deletion, so that an ETag is never used for two states. */
export async function appendMove(
  transaction: Transaction<Tables>,
  { model, alias, movedBy, nowMs }: AliasChange,
  from: Alias | null,
  toModelVersion: number | null,
): Promise<number> {
  const moves = transaction.selectFrom('alias_moves').where('model', '=', model).where('alias', '=', alias);
  const last = await moves.select(({ fn }) => fn.max('revision').as('revision')).executeTakeFirst();
  const revision = (last?.revision ?? 0) + 1;
  const move = {
    from_model_version: from?.modelVersion ?? null,
    to_model_version: toModelVersion,
    moved_at_ms: nowMs,
    moved_by: movedBy,
  };
  await transaction
    .insertInto('alias_moves')
    .values({ model, alias, revision, ...move })
    .execute();
  return revision;
}
