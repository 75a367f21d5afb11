import * as v from 'valibot';
import type { Selectable } from 'kysely';
import type { Alias, AliasMove, ModelVersion, RegisteredModel } from '../../src/sync/wire.ts';
import type { Tables } from './tables.ts';

/** Rows to what the wire says. */

const metadataText = v.pipe(v.string(), v.parseJson(), v.record(v.string(), v.string()));

export function toModel(row: Selectable<Tables['models']>): RegisteredModel {
  return { model: row.model, createdAtMs: Number(row.created_at_ms), latestModelVersion: row.latest_model_version };
}

export function toVersion(row: Selectable<Tables['model_versions']>): ModelVersion {
  return {
    model: row.model,
    modelVersion: row.model_version,
    digest: row.digest,
    sizeBytes: Number(row.size_bytes),
    createdAtMs: Number(row.created_at_ms),
    metadata: v.parse(metadataText, row.metadata),
  };
}

export function toAlias(row: Selectable<Tables['aliases']> & { digest: string }): Alias {
  return {
    model: row.model,
    alias: row.alias,
    modelVersion: row.model_version,
    digest: row.digest,
    revision: row.revision,
    updatedAtMs: Number(row.updated_at_ms),
  };
}

export function toAliasMove(row: Selectable<Tables['alias_moves']>): AliasMove {
  return {
    revision: row.revision,
    fromModelVersion: row.from_model_version,
    toModelVersion: row.to_model_version,
    movedAtMs: Number(row.moved_at_ms),
    movedBy: row.moved_by,
  };
}
