import * as v from 'valibot';

/** What registry and device say to each other over HTTP: one schema for both sides. Numbers of models are `modelVersion`. */

/** Path of the API under the registry's address. */
export const apiPath = 'api/v1';

/** Largest checkpoint, and largest answer that a client reads. */
export const maxCheckpointBytes = 16 * 1024 * 1024;

/** Media type of a checkpoint. */
export const checkpointType = 'application/octet-stream';

/** Names of models and aliases. */
export const registryName = v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9._-]{0,99}$/));

/** `sha256:` and 64 lower-case hex digits. */
export const digest = v.pipe(v.string(), v.regex(/^sha256:[0-9a-f]{64}$/));

export const modelVersionNumber = v.pipe(v.number(), v.safeInteger(), v.minValue(1));
const timestampMs = v.pipe(v.number(), v.safeInteger());

export const registeredModel = v.object({
  model: registryName,
  createdAtMs: timestampMs,
  /** 0 before the first one. */
  latestModelVersion: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
});
export type RegisteredModel = v.InferOutput<typeof registeredModel>;

/** Never changes once it is there. */
export const modelVersion = v.object({
  model: registryName,
  modelVersion: modelVersionNumber,
  digest,
  sizeBytes: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  createdAtMs: timestampMs,
  /** The checkpoint's `__metadata__`, as it was published. */
  metadata: v.record(v.string(), v.string()),
});
export type ModelVersion = v.InferOutput<typeof modelVersion>;

/** A name that can be moved from one version to another, such as `champion`. */
export const alias = v.object({
  model: registryName,
  alias: registryName,
  modelVersion: modelVersionNumber,
  digest,
  /** Grows by one with every move. */
  revision: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
  updatedAtMs: timestampMs,
});
export type Alias = v.InferOutput<typeof alias>;

/** One move of an alias; null stands for no version, before it was created and after it was deleted. */
export const aliasMove = v.object({
  revision: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
  fromModelVersion: v.nullable(modelVersionNumber),
  toModelVersion: v.nullable(modelVersionNumber),
  movedAtMs: timestampMs,
  /** As the caller named itself; nobody vouches for it. */
  movedBy: v.nullable(v.string()),
});
export type AliasMove = v.InferOutput<typeof aliasMove>;

/** Body of the request that moves an alias. */
export const aliasTarget = v.strictObject({ modelVersion: modelVersionNumber });

export const registeredModelList = v.object({ models: v.array(registeredModel) });
export const modelVersionList = v.object({ modelVersions: v.array(modelVersion) });
export const aliasList = v.object({ aliases: v.array(alias) });
export const aliasHistory = v.object({ moves: v.array(aliasMove) });

/** Every answer of 400 and above. */
export const errorBody = v.object({
  code: v.string(),
  message: v.string(),
  details: v.record(v.string(), v.union([v.string(), v.number(), v.boolean(), v.null()])),
});
export type ErrorBody = v.InferOutput<typeof errorBody>;

/** Codes of {@link errorBody} that mean: there is no such alias. */
export const noSuchAliasCodes: readonly string[] = ['UNKNOWN_MODEL', 'UNKNOWN_ALIAS'];
