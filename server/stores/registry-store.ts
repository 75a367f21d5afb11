import type { Alias, AliasMove, ModelVersion, RegisteredModel } from '../../src/sync/wire.ts';

/** What a published checkpoint is known by before it has a number. */
export interface NewModelVersion {
  readonly model: string;
  readonly digest: string;
  readonly sizeBytes: number;
  readonly metadata: Readonly<Record<string, string>>;
  readonly idempotencyKey: string | null;
  readonly nowMs: number;
}

export interface PublishResult {
  readonly version: ModelVersion;
  /** False when the same bytes or the same key had been published before. */
  readonly created: boolean;
}

/** One move of an alias; it takes place only if `precondition` accepts the state it starts from. */
export interface AliasChange {
  readonly model: string;
  readonly alias: string;
  readonly movedBy: string | null;
  readonly nowMs: number;
  /** Called within the transaction with the alias as it is, or null where there is none. */
  readonly precondition: (current: Alias | null) => boolean;
}

/** Newest first: `limit` at most, older than `before` where it is not null. */
export interface VersionPage {
  readonly limit: number;
  readonly before: number | null;
}

/**
 * What the registry knows about models. One interface, one conformance suite, one implementation a database.
 * A resolved write is durable, writes of one model happen one after the other, and model versions are numbered from 1
 * without gaps. Reading what does not exist gives null or nothing; a write that refers to it throws a RegistryError.
 */
export interface RegistryStore {
  /** Registers the model with its first version. @throws IDEMPOTENCY_KEY_REUSED */
  publish(version: NewModelVersion): Promise<PublishResult>;

  /** By name, `limit` at most, after `after` where it is not null. */
  models(limit: number, after: string | null): Promise<RegisteredModel[]>;
  model(model: string): Promise<RegisteredModel | null>;
  versions(model: string, page: VersionPage): Promise<ModelVersion[]>;
  version(model: string, modelVersion: number): Promise<ModelVersion | null>;

  alias(model: string, alias: string): Promise<Alias | null>;
  aliases(model: string): Promise<Alias[]>;
  /** Newest first. Moves stay when the alias is deleted. */
  aliasHistory(model: string, alias: string): Promise<AliasMove[]>;
  /**
   * A move to where it is already changes nothing.
   * @throws UNKNOWN_MODEL, UNKNOWN_MODEL_VERSION, PRECONDITION_FAILED
   */
  setAlias(change: AliasChange, modelVersion: number): Promise<Alias>;
  /** @throws UNKNOWN_MODEL, UNKNOWN_ALIAS, PRECONDITION_FAILED */
  deleteAlias(change: AliasChange): Promise<void>;

  close(): Promise<void>;
}
