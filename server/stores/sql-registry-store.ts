import type { Kysely, Transaction } from 'kysely';
import type { Alias, AliasMove, ModelVersion, RegisteredModel } from '../../src/sync/wire.ts';
import { RegistryError } from '../registry-error.ts';
import { appendMove, findAlias, listAliases, putAlias } from './alias-rows.ts';
import type { AliasChange, NewModelVersion, PublishResult, RegistryStore, VersionPage } from './registry-store.ts';
import { toAliasMove, toModel, toVersion } from './rows.ts';
import type { Tables } from './tables.ts';
import { findPublished, insertVersion, rememberKey } from './version-rows.ts';

/** The registry in a SQL database; the statements are those that SQLite and PostgreSQL share. */
export class SqlRegistryStore implements RegistryStore {
  readonly #database: Kysely<Tables>;

  /** @param database with its tables up to date, see migrations.ts */
  constructor(database: Kysely<Tables>) {
    this.#database = database;
  }

  publish(version: NewModelVersion): Promise<PublishResult> {
    return this.#database.transaction().execute(async (transaction) => {
      const latest = await lockNewModel(transaction, version.model, version.nowMs);
      const published = await findPublished(transaction, version);
      if (published?.digest === version.digest) {
        await rememberKey(transaction, version, published.modelVersion);
        return { version: published, created: false };
      }
      if (published) throw new RegistryError('IDEMPOTENCY_KEY_REUSED');
      return { version: await insertVersion(transaction, version, latest + 1), created: true };
    });
  }

  async models(limit: number, after: string | null): Promise<RegisteredModel[]> {
    const query = this.#database.selectFrom('models').selectAll().orderBy('model').limit(limit);
    const rows = await (after === null ? query : query.where('model', '>', after)).execute();
    return rows.map(toModel);
  }

  async model(model: string): Promise<RegisteredModel | null> {
    const row = await this.#database.selectFrom('models').selectAll().where('model', '=', model).executeTakeFirst();
    return row ? toModel(row) : null;
  }

  async versions(model: string, { limit, before }: VersionPage): Promise<ModelVersion[]> {
    const all = this.#database.selectFrom('model_versions').selectAll().where('model', '=', model);
    const query = all.orderBy('model_version', 'desc').limit(limit);
    const rows = await (before === null ? query : query.where('model_version', '<', before)).execute();
    return rows.map(toVersion);
  }

  async version(model: string, modelVersion: number): Promise<ModelVersion | null> {
    const all = this.#database.selectFrom('model_versions').selectAll().where('model', '=', model);
    const row = await all.where('model_version', '=', modelVersion).executeTakeFirst();
    return row ? toVersion(row) : null;
  }

  alias(model: string, alias: string): Promise<Alias | null> {
    return findAlias(this.#database, model, alias);
  }

  aliases(model: string): Promise<Alias[]> {
    return listAliases(this.#database, model);
  }

  async aliasHistory(model: string, alias: string): Promise<AliasMove[]> {
    const all = this.#database
      .selectFrom('alias_moves')
      .selectAll()
      .where('model', '=', model)
      .where('alias', '=', alias);
    const rows = await all.orderBy('revision', 'desc').execute();
    return rows.map(toAliasMove);
  }

  setAlias(change: AliasChange, modelVersion: number): Promise<Alias> {
    return this.#database.transaction().execute(async (transaction) => {
      const current = await startChange(transaction, change);
      if (current?.modelVersion === modelVersion) return current;
      return putAlias(transaction, change, current, modelVersion);
    });
  }

  async deleteAlias(change: AliasChange): Promise<void> {
    await this.#database.transaction().execute(async (transaction) => {
      const current = await startChange(transaction, change);
      if (!current) throw new RegistryError('UNKNOWN_ALIAS', { model: change.model, alias: change.alias });
      await appendMove(transaction, change, current, null);
      await transaction
        .deleteFrom('aliases')
        .where('model', '=', change.model)
        .where('alias', '=', change.alias)
        .execute();
    });
  }

  close(): Promise<void> {
    return this.#database.destroy();
  }
}

/**
 * Registers the model where it is new, and makes other writers of it wait. Being the first statement of the
 * transaction, it also keeps SQLite from starting it as a reader that could not become a writer.
 * @returns its latest version number, 0 for a new one
 */
async function lockNewModel(transaction: Transaction<Tables>, model: string, nowMs: number): Promise<number> {
  const row = await transaction
    .insertInto('models')
    .values({ model, created_at_ms: nowMs, latest_model_version: 0 })
    .onConflict((conflict) => conflict.column('model').doUpdateSet({ model }))
    .returning('latest_model_version')
    .executeTakeFirstOrThrow();
  return row.latest_model_version;
}

/** Makes other writers of the model wait, then holds the precondition against the alias as it is. */
async function startChange(
  transaction: Transaction<Tables>,
  { model, alias, precondition }: AliasChange,
): Promise<Alias | null> {
  const locked = await transaction
    .updateTable('models')
    .set({ model })
    .where('model', '=', model)
    .returning('model')
    .executeTakeFirst();
  if (!locked) throw new RegistryError('UNKNOWN_MODEL', { model });
  const current = await findAlias(transaction, model, alias);
  if (!precondition(current)) throw new RegistryError('PRECONDITION_FAILED', { model, alias });
  return current;
}
