import type { TaskDeclaration } from '../core/task.ts';
import { TendrilError } from '../errors.ts';
import { globalPrivacyControl } from './consent.ts';
import type { BackendName, StartRequest } from '../protocol/messages.ts';

export interface TendrilOptions {
  readonly tasks: readonly TaskDeclaration[];
  /** Base URL of the registry; without it nothing leaves the device. */
  readonly registry?: string | URL | null;
  /** Alias that a device without a model starts from; default `champion`. */
  readonly registryAlias?: string;
  /** Where the library's other files lie, if not beside this script. */
  readonly filesUrl?: string | URL;
  /** Default: `learner.worker.mjs` beside the other files. */
  readonly workerUrl?: string | URL;
  /** Name of the database in this origin; default `tendril`. */
  readonly namespace?: string;
  readonly storage?: 'indexeddb' | 'memory';
  /** Backends to choose from; one name pins it. Default: all that the device offers. */
  readonly backends?: readonly BackendName[];
  /** After this long the page's own answer is given; default 50 ms. */
  readonly deadlineMs?: number;
  /** Whether the visitor has to agree first, by `tendril.privacy.grant()`; default `not-required`. */
  readonly consent?: 'required' | 'not-required';
  /** Whether Global Privacy Control means that the visitor has to agree first; default `honour`. */
  readonly globalPrivacyControl?: 'honour' | 'ignore';
  /** How long the worker may take to start; default 15,000 ms. */
  readonly startTimeoutMs?: number;
}

export interface ResolvedOptions {
  readonly filesUrl: URL;
  readonly workerUrl: URL;
  readonly deadlineMs: number;
  readonly startTimeoutMs: number;
  /** Nothing before the visitor has agreed. */
  readonly consentRequired: boolean;
  readonly start: StartRequest;
}

/** @param scriptUrl where this script came from: the other files lie beside it @throws INVALID_CONFIG for a URL that is none */
export function resolveOptions(options: TendrilOptions, scriptUrl: string): ResolvedOptions {
  const filesUrl = parseUrl(options.filesUrl ?? scriptUrl);
  const beside = (given: string | URL | undefined, name: string) =>
    given === undefined ? new URL(name, filesUrl) : parseUrl(given);
  const { registry = null, registryAlias = 'champion', namespace = 'tendril', storage = 'indexeddb' } = options;
  return {
    filesUrl,
    workerUrl: beside(options.workerUrl, 'learner.worker.mjs'),
    deadlineMs: options.deadlineMs ?? 50,
    startTimeoutMs: options.startTimeoutMs ?? 15_000,
    consentRequired:
      options.consent === 'required' || (options.globalPrivacyControl !== 'ignore' && globalPrivacyControl()),
    start: {
      protocolVersion: 1,
      tasks: options.tasks,
      namespace,
      storage,
      registryUrl: registry === null ? null : parseUrl(registry).href,
      registryAlias,
      backends: options.backends ?? ['webgpu', 'wasm', 'cpu'],
    },
  };
}

function parseUrl(given: string | URL): URL {
  if (URL.canParse(given, document.baseURI)) return new URL(given, document.baseURI);
  throw new TendrilError('INVALID_CONFIG', { reason: `${String(given)} is not a URL` });
}
