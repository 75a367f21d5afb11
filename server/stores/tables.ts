import type { ColumnType } from 'kysely';

/** A 64-bit integer, which PostgreSQL's driver gives as text. */
type Int64 = ColumnType<number | string, number, number>;

/** Rows as the database has them. */
export interface Tables {
  models: { model: string; created_at_ms: Int64; latest_model_version: number };
  model_versions: {
    model: string;
    model_version: number;
    digest: string;
    size_bytes: Int64;
    created_at_ms: Int64;
    /** JSON object of texts. */
    metadata: string;
  };
  idempotency_keys: { model: string; idempotency_key: string; model_version: number };
  aliases: { model: string; alias: string; model_version: number; revision: number; updated_at_ms: Int64 };
  /** Append-only. */
  alias_moves: {
    model: string;
    alias: string;
    revision: number;
    from_model_version: number | null;
    to_model_version: number | null;
    moved_at_ms: Int64;
    moved_by: string | null;
  };
}
