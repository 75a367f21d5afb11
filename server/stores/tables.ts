/** Rows as the database has them. Times and sizes are 64-bit integers, which some drivers give as text: read with Number(). */
export interface Tables {
  models: { model: string; created_at_ms: number; latest_model_version: number };
  model_versions: {
    model: string;
    model_version: number;
    digest: string;
    size_bytes: number;
    created_at_ms: number;
    /** JSON object of texts. */
    metadata: string;
  };
  idempotency_keys: { model: string; idempotency_key: string; model_version: number };
  aliases: { model: string; alias: string; model_version: number; revision: number; updated_at_ms: number };
  /** Append-only. */
  alias_moves: {
    model: string;
    alias: string;
    revision: number;
    from_model_version: number | null;
    to_model_version: number | null;
    moved_at_ms: number;
    moved_by: string | null;
  };
}
