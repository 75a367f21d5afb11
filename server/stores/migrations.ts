import { Migrator, type Kysely, type Migration } from 'kysely';
import type { Tables } from './tables.ts';

/** Add one for each change of the tables and keep the old ones. Column types are those that SQLite and PostgreSQL share. */
const migrations: Record<string, Migration> = {
  '0001-models': { up: createModels },
  '0002-aliases': { up: createAliases },
};

/** Brings the tables up to date. @throws what the database says, leaving them as they were */
export async function migrate(database: Kysely<Tables>): Promise<void> {
  const migrator = new Migrator({ db: database, provider: { getMigrations: () => Promise.resolve(migrations) } });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined)
    throw error instanceof Error ? error : new Error('The tables cannot be brought up to date', { cause: error });
}

async function createModels(database: Kysely<unknown>): Promise<void> {
  await database.schema
    .createTable('models')
    .addColumn('model', 'varchar(100)', (column) => column.primaryKey())
    .addColumn('created_at_ms', 'bigint', (column) => column.notNull())
    .addColumn('latest_model_version', 'integer', (column) => column.notNull())
    .execute();
  await database.schema
    .createTable('model_versions')
    .addColumn('model', 'varchar(100)', (column) => column.notNull().references('models.model'))
    .addColumn('model_version', 'integer', (column) => column.notNull())
    .addColumn('digest', 'varchar(71)', (column) => column.notNull())
    .addColumn('size_bytes', 'bigint', (column) => column.notNull())
    .addColumn('created_at_ms', 'bigint', (column) => column.notNull())
    .addColumn('metadata', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('model_versions_key', ['model', 'model_version'])
    .addUniqueConstraint('model_versions_digest', ['model', 'digest'])
    .execute();
  await database.schema
    .createTable('idempotency_keys')
    .addColumn('model', 'varchar(100)', (column) => column.notNull())
    .addColumn('idempotency_key', 'varchar(255)', (column) => column.notNull())
    .addColumn('model_version', 'integer', (column) => column.notNull())
    .addPrimaryKeyConstraint('idempotency_keys_key', ['model', 'idempotency_key'])
    .addForeignKeyConstraint('idempotency_keys_version', ['model', 'model_version'], 'model_versions', [
      'model',
      'model_version',
    ])
    .execute();
}

async function createAliases(database: Kysely<unknown>): Promise<void> {
  await database.schema
    .createTable('aliases')
    .addColumn('model', 'varchar(100)', (column) => column.notNull())
    .addColumn('alias', 'varchar(100)', (column) => column.notNull())
    .addColumn('model_version', 'integer', (column) => column.notNull())
    .addColumn('revision', 'integer', (column) => column.notNull())
    .addColumn('updated_at_ms', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('aliases_key', ['model', 'alias'])
    .addForeignKeyConstraint('aliases_version', ['model', 'model_version'], 'model_versions', [
      'model',
      'model_version',
    ])
    .execute();
  await database.schema
    .createTable('alias_moves')
    .addColumn('model', 'varchar(100)', (column) => column.notNull())
    .addColumn('alias', 'varchar(100)', (column) => column.notNull())
    .addColumn('revision', 'integer', (column) => column.notNull())
    .addColumn('from_model_version', 'integer')
    .addColumn('to_model_version', 'integer')
    .addColumn('moved_at_ms', 'bigint', (column) => column.notNull())
    .addColumn('moved_by', 'varchar(100)')
    .addPrimaryKeyConstraint('alias_moves_key', ['model', 'alias', 'revision'])
    .execute();
}
