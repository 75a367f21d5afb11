import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Kysely, SqliteDialect } from 'kysely';
import Database from 'libsql';
import { migrate } from './migrations.ts';
import { SqlRegistryStore } from './sql-registry-store.ts';
import type { Tables } from './tables.ts';

/** How long a statement waits for another process that writes; it blocks this one meanwhile. */
const busyTimeoutMs = 5_000;

/** Opens the registry in a SQLite file, made where there is none, with its tables up to date. */
export async function openSqliteRegistry(file: string): Promise<SqlRegistryStore> {
  await mkdir(dirname(file), { recursive: true });
  const connection = new Database(file);
  connection.pragma(`busy_timeout = ${busyTimeoutMs}`);
  connection.pragma('journal_mode = WAL');
  // What was acknowledged must outlast a power cut: WAL alone only keeps the file consistent.
  connection.pragma('synchronous = FULL');
  connection.pragma('foreign_keys = ON');
  const database = new Kysely<Tables>({ dialect: new SqliteDialect({ database: connection }) });
  await migrate(database);
  return new SqlRegistryStore(database);
}
