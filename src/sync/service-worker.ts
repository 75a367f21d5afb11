import * as v from 'valibot';
import { flushOutbox, type OutboxReport, type OutboxStore } from './outbox.ts';
import { normalRegistryUrl, type RegistryClient } from './registry-client.ts';
import type { ShellCache } from './shell-cache.ts';

/** Tag of the Background Sync registration; `tendril-outbox:<namespace>` for storage under another name. */
export const syncTag = 'tendril-outbox';

const syncMessage = v.variant('type', [
  v.object({ type: v.literal('tendril-flush'), namespace: v.optional(v.string()) }),
  /** What the page loaded before the service worker was there to see it. */
  v.object({ type: v.literal('tendril-keep'), urls: v.array(v.string()) }),
]);
/** Page to service worker. The answer to a flush comes through the transferred port, where there is one. */
export type SyncMessage = v.InferInput<typeof syncMessage>;

/** Service worker to page; null when the storage could not be read. */
export interface FlushedMessage {
  readonly type: 'tendril-flushed';
  readonly counts: { readonly sent: number; readonly kept: number; readonly parked: number } | null;
}

/** What is used of `ServiceWorkerGlobalScope` and its events, for which the DOM library has no types. */
export interface ExtendableEventLike {
  waitUntil(promise: Promise<unknown>): void;
}
export interface SyncEventLike extends ExtendableEventLike {
  readonly tag: string;
}
export interface MessageEventLike extends ExtendableEventLike {
  readonly data: unknown;
  readonly ports: readonly { postMessage(message: FlushedMessage): void }[];
}
export interface FetchEventLike extends ExtendableEventLike {
  readonly request: Request;
  respondWith(response: Promise<Response>): void;
}
interface ScopeEvents {
  install: ExtendableEventLike;
  activate: ExtendableEventLike;
  sync: SyncEventLike;
  message: MessageEventLike;
  fetch: FetchEventLike;
}
export interface ServiceWorkerScope {
  readonly clients: { claim(): Promise<void> };
  skipWaiting(): Promise<void>;
  addEventListener<K extends keyof ScopeEvents>(type: K, listener: (event: ScopeEvents[K]) => void): void;
}

export interface ServiceWorkerParts {
  readonly scope: ServiceWorkerScope;
  readonly shell: ShellCache;
  readonly openOutbox: (namespace?: string) => Promise<OutboxStore>;
  readonly createClient: (registryUrl: string) => RegistryClient;
}

/** Sends the outbox when the browser or a page says so, and keeps the page's files for when there is no network. */
export function startServiceWorker({ scope, shell, openOutbox, createClient }: ServiceWorkerParts): void {
  const flush = async (namespace?: string): Promise<OutboxReport> =>
    flushAll(await openOutbox(namespace), createClient);

  scope.addEventListener('install', (event) => {
    event.waitUntil(scope.skipWaiting());
  });
  scope.addEventListener('activate', (event) => {
    event.waitUntil(Promise.all([scope.clients.claim(), shell.dropOthers()]));
  });
  scope.addEventListener('sync', (event) => {
    const [tag, namespace] = event.tag.split(':');
    if (tag === syncTag) event.waitUntil(flush(namespace).then(requireEmpty));
  });
  scope.addEventListener('message', (event) => {
    const message = parseMessage(event.data);
    if (message?.type === 'tendril-flush')
      event.waitUntil(
        flush(message.namespace)
          .then(countsOf, () => null)
          .then(answer(event)),
      );
    if (message?.type === 'tendril-keep') event.waitUntil(shell.keep(message.urls));
  });
  scope.addEventListener('fetch', (event) => {
    const response = shell.respond(event.request, (kept) => {
      event.waitUntil(kept);
    });
    if (response) event.respondWith(response);
  });
}

/** One registry after the other; entries of one are not held up by another that is down. */
async function flushAll(
  store: OutboxStore,
  createClient: (registryUrl: string) => RegistryClient,
): Promise<OutboxReport> {
  const total: OutboxReport = { sent: [], kept: [], parked: [] };
  const addresses = (await store.list()).map((entry) => entry.registryUrl).filter((url) => URL.canParse(url));
  for (const registryUrl of new Set(addresses.map(normalRegistryUrl))) {
    const report = await flushOutbox({ store, client: createClient(registryUrl) });
    total.sent.push(...report.sent);
    total.kept.push(...report.kept);
    total.parked.push(...report.parked);
  }
  return total;
}

/** A rejected sync event is what makes the browser try again later. */
function requireEmpty({ kept }: OutboxReport): void {
  const error = kept[0]?.lastError;
  if (error) throw new Error(`${kept.length} checkpoints still wait: ${error.code} ${error.message}`);
}

const countsOf = ({ sent, kept, parked }: OutboxReport): FlushedMessage['counts'] => ({
  sent: sent.length,
  kept: kept.length,
  parked: parked.length,
});

function answer({ ports }: MessageEventLike): (counts: FlushedMessage['counts']) => void {
  return (counts) => ports[0]?.postMessage({ type: 'tendril-flushed', counts });
}

/** Other messages to the service worker belong to the host page. */
function parseMessage(data: unknown): SyncMessage | null {
  const result = v.safeParse(syncMessage, data);
  return result.success ? result.output : null;
}
