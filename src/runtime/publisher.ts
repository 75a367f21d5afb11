import type { Clock } from '../core/clock.ts';
import { sha256Hex } from '../core/hashing.ts';
import { errorTable, TendrilError, type ErrorCode } from '../errors.ts';
import type { Publication, WireError } from '../protocol/messages.ts';
import { flushOutbox, type OutboxStore } from '../sync/outbox.ts';
import { createRegistryClient, type RegistryClient } from '../sync/registry-client.ts';
import {
  decodeCheckpoint,
  encodeCheckpoint,
  type Checkpoint,
  type ExpectedCheckpoint,
} from '../versions/checkpoint.ts';
import type { Environment, OpenedStorage } from './environment.ts';
import type { ParsedStartRequest } from './start-request.ts';

/** The device's side of the registry: publishes through the outbox, and fetches a first model. */
export class Publisher {
  readonly #client: RegistryClient;
  readonly #registryUrl: string;
  readonly #outbox: OutboxStore;
  readonly #clock: Clock;

  constructor(client: RegistryClient, registryUrl: string, outbox: OutboxStore, clock: Clock) {
    this.#client = client;
    this.#registryUrl = registryUrl;
    this.#outbox = outbox;
    this.#clock = clock;
  }

  /** The model that `alias` points at. @returns null where the registry has none @throws REGISTRY_*, CHECKPOINT_* */
  async fetch(expected: ExpectedCheckpoint, alias: string): Promise<Checkpoint | null> {
    const resolved = await this.#client.resolveAlias(expected.taskId, alias);
    if (!resolved) return null;
    const bytes = await this.#client.fetchCheckpoint(resolved.digest);
    const checkpoint = decodeCheckpoint(bytes, expected);
    return { ...checkpoint, replay: null, learnedTo: 0, modelVersion: resolved.modelVersion };
  }

  /**
   * Publishes a model of which all may leave the device. The file waits in the outbox until the registry
   * has taken it, so that closing the page loses nothing.
   */
  async publish(checkpoint: Checkpoint, alias: string | null): Promise<Publication> {
    const bytes = encodeCheckpoint(checkpoint);
    const digest = `sha256:${await sha256Hex(bytes)}`;
    const model = checkpoint.taskId;
    await this.#outbox.add({
      id: `${model}/${digest}/${alias ?? ''}`,
      registryUrl: this.#registryUrl,
      model,
      digest,
      bytes,
      ...(alias === null ? {} : { alias }),
      createdAtMs: this.#clock.nowMs(),
      attempts: 0,
      lastError: null,
      parked: false,
    });
    return this.#result(model, digest, await this.flush());
  }

  #result(model: string, digest: string, report: Awaited<ReturnType<typeof flushOutbox>>): Publication {
    const sent = report.sent.find((version) => version.model === model && version.digest === digest);
    if (sent) return { model, digest, modelVersion: sent.modelVersion, queued: false, error: null };
    const failed = [...report.kept, ...report.parked].find((entry) => entry.digest === digest);
    return {
      model,
      digest,
      modelVersion: null,
      queued: true,
      error: failed?.lastError ? wireError(failed.lastError) : null,
    };
  }

  /** Sends what waits. */
  flush(): ReturnType<typeof flushOutbox> {
    return flushOutbox({ store: this.#outbox, client: this.#client });
  }
}

/** null where nothing leaves the device. */
export function createPublisher(
  { registryUrl }: ParsedStartRequest,
  environment: Environment,
  { outbox }: OpenedStorage,
): Publisher | null {
  if (registryUrl === null) return null;
  const client = createRegistryClient({ baseUrl: registryUrl, fetch: environment.fetch, timeoutMs: 5_000 });
  return new Publisher(client, registryUrl, outbox, environment.clock);
}

/** The code was stored as text; one that this build does not know is an internal error. */
function wireError({ code, message }: { code: string; message: string }): WireError {
  return { code: code in errorTable ? (code as ErrorCode) : 'INTERNAL', message, details: {} };
}

export function noRegistry(): TendrilError {
  return new TendrilError('INVALID_CONFIG', { reason: 'no registry was given' });
}
