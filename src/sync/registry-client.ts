import type * as v from 'valibot';
import { TendrilError } from '../errors.ts';
import { digestOf, toReprDigest } from './digest.ts';
import {
  invalid,
  parseErrorBody,
  parseJsonAnswer,
  readAnswer,
  rejected,
  unreachable,
  type HttpAnswer,
} from './http-answer.ts';
import * as wire from './wire.ts';

export interface RegistryClientOptions {
  /** Absolute address of the registry; the API is under its `api/v1`. */
  readonly baseUrl: string;
  readonly fetch?: typeof globalThis.fetch;
  /** For one request, body included; default 10,000. */
  readonly timeoutMs?: number;
  /** Bearer token, for registries that ask for one on writes. */
  readonly token?: string;
  /** Longest answer to read; default 16 MiB. */
  readonly maxAnswerBytes?: number;
}

/** Where an alias points. `etag` is what `ifMatch` of {@link RegistryClient.setAlias} takes. */
export interface ResolvedAlias {
  readonly modelVersion: number;
  readonly digest: string;
  readonly etag: string;
}

/** Makes a move conditional: refused with status 412 when somebody else moved the alias before. */
export interface SetAliasOptions {
  /** ETag of the state that the move starts from. */
  readonly ifMatch?: string;
  /** The alias must not exist yet. */
  readonly ifNoneMatch?: '*';
  /** Who moves it, for the history. */
  readonly movedBy?: string;
}

interface RegistryRequest {
  readonly method?: 'GET' | 'POST' | 'PUT';
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly body?: Uint8Array<ArrayBuffer> | string;
}

/**
 * The device's side of the registry. Every method rejects with REGISTRY_UNREACHABLE (network, timeout),
 * REGISTRY_REJECTED (`status` and `registryCode` in the details) or REGISTRY_ANSWER_INVALID (not what a registry says).
 */
export interface RegistryClient {
  /** Address of the registry, ending in a slash. */
  readonly registryUrl: string;
  /** Sending the same bytes or the same key again gives the version that is there already. */
  publish(
    model: string,
    bytes: Uint8Array<ArrayBuffer>,
    options: { idempotencyKey: string },
  ): Promise<wire.ModelVersion>;
  /** @returns null when the registry has no such alias */
  resolveAlias(model: string, alias: string): Promise<ResolvedAlias | null>;
  setAlias(model: string, alias: string, modelVersion: number, options?: SetAliasOptions): Promise<ResolvedAlias>;
  /** @throws also CHECKPOINT_CORRUPT when the bytes do not have this digest */
  fetchCheckpoint(digest: string): Promise<Uint8Array<ArrayBuffer>>;
  /** Newest first, `limit` at most (the registry caps it), older than `before` where given. */
  listVersions(model: string, page?: { limit?: number; before?: number }): Promise<wire.ModelVersion[]>;
}

/** @throws INVALID_CONFIG when `baseUrl` is not an absolute HTTP address */
export function createRegistryClient(options: RegistryClientOptions): RegistryClient {
  return new HttpRegistryClient(options);
}

/** Equal for the ways to write one address: with and without the slash at its end. */
export function normalRegistryUrl(baseUrl: string): string {
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : null;
  if (!url?.protocol.startsWith('http')) {
    throw new TendrilError('INVALID_CONFIG', { reason: `"${baseUrl}" is not an absolute HTTP address of a registry` });
  }
  return `${url.origin}${url.pathname.replace(/\/*$/, '/')}`;
}

class HttpRegistryClient implements RegistryClient {
  readonly registryUrl: string;
  readonly #fetch: typeof globalThis.fetch;
  readonly #timeoutMs: number;
  readonly #token: string | undefined;
  readonly #maxAnswerBytes: number;

  constructor({
    baseUrl,
    fetch,
    timeoutMs = 10_000,
    token,
    maxAnswerBytes = wire.maxCheckpointBytes,
  }: RegistryClientOptions) {
    this.registryUrl = normalRegistryUrl(baseUrl);
    // The global function must not be called as a method of something else.
    this.#fetch = fetch ?? ((...given) => globalThis.fetch(...given));
    this.#timeoutMs = timeoutMs;
    this.#token = token;
    this.#maxAnswerBytes = maxAnswerBytes;
  }

  async publish(
    model: string,
    bytes: Uint8Array<ArrayBuffer>,
    { idempotencyKey }: { idempotencyKey: string },
  ): Promise<wire.ModelVersion> {
    const digest = await digestOf(bytes);
    const headers = {
      'content-type': wire.checkpointType,
      'repr-digest': toReprDigest(digest),
      'idempotency-key': idempotencyKey,
    };
    const published = await this.#json(wire.modelVersion, ['models', model, 'versions'], {
      method: 'POST',
      headers,
      body: bytes,
    });
    if (published.model !== model || published.digest !== digest)
      throw invalid('the published version is of other bytes');
    return published;
  }

  async resolveAlias(model: string, alias: string): Promise<ResolvedAlias | null> {
    const answer = await this.#send(aliasPath(model, alias));
    if (answer.status === 404 && wire.noSuchAliasCodes.includes(parseErrorBody(answer)?.code ?? '')) return null;
    return resolved(accepted(answer));
  }

  async setAlias(
    model: string,
    alias: string,
    modelVersion: number,
    options: SetAliasOptions = {},
  ): Promise<ResolvedAlias> {
    const headers = {
      'content-type': 'application/json',
      'if-match': options.ifMatch,
      'if-none-match': options.ifNoneMatch,
      'tendril-actor': options.movedBy,
    };
    const request = { method: 'PUT', headers, body: JSON.stringify({ modelVersion }) } as const;
    return resolved(accepted(await this.#send(aliasPath(model, alias), request)));
  }

  async fetchCheckpoint(digest: string): Promise<Uint8Array<ArrayBuffer>> {
    const { type, bytes } = accepted(await this.#send(['blobs', digest]));
    if (type !== wire.checkpointType) throw invalid(`${type || 'no type'} instead of ${wire.checkpointType}`);
    const found = await digestOf(bytes);
    if (found === digest) return bytes;
    throw new TendrilError('CHECKPOINT_CORRUPT', { reason: `it has digest ${found} instead of ${digest}` });
  }

  async listVersions(model: string, page: { limit?: number; before?: number } = {}): Promise<wire.ModelVersion[]> {
    const query = Object.entries(page).map(([key, value]) => `${key}=${value}`);
    const list = await this.#json(wire.modelVersionList, ['models', model, 'versions'], {}, query.join('&'));
    return list.modelVersions;
  }

  async #json<T>(
    schema: v.GenericSchema<unknown, T>,
    path: readonly string[],
    request: RegistryRequest = {},
    query = '',
  ): Promise<T> {
    return parseJsonAnswer(schema, accepted(await this.#send(path, request, query)));
  }

  async #send(
    path: readonly string[],
    { method = 'GET', headers = {}, body }: RegistryRequest = {},
    query = '',
  ): Promise<HttpAnswer> {
    const authorization = this.#token === undefined ? undefined : `Bearer ${this.#token}`;
    const given = Object.entries({ ...headers, authorization }).filter(
      (header): header is [string, string] => header[1] !== undefined,
    );
    const init: RequestInit = {
      method,
      headers: given,
      signal: AbortSignal.timeout(this.#timeoutMs),
      credentials: 'omit',
      referrerPolicy: 'no-referrer',
    };
    if (body !== undefined) init.body = body;
    const address = `${this.registryUrl}${wire.apiPath}/${path.map(encodeURIComponent).join('/')}${query && `?${query}`}`;
    const response = await this.#fetch(address, init).catch((caught: unknown) => {
      throw unreachable(caught);
    });
    return readAnswer(response, this.#maxAnswerBytes);
  }
}

function aliasPath(model: string, alias: string): readonly string[] {
  return ['models', model, 'aliases', alias];
}

function accepted(answer: HttpAnswer): HttpAnswer {
  if (answer.status >= 200 && answer.status < 300) return answer;
  throw rejected(answer);
}

function resolved(answer: HttpAnswer): ResolvedAlias {
  const { modelVersion, digest } = parseJsonAnswer(wire.alias, answer);
  // A registry on another origin that does not expose its ETag cannot be asked for a conditional move.
  if (answer.etag === null) throw invalid('an alias without ETag');
  return { modelVersion, digest, etag: answer.etag };
}
