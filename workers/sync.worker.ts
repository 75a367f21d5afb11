import { openOutboxStore } from '../src/memory/outbox-store.ts';
import { createRegistryClient } from '../src/sync/registry-client.ts';
import { startServiceWorker, type ServiceWorkerScope } from '../src/sync/service-worker.ts';
import { createShellCache } from '../src/sync/shell-cache.ts';

declare const __TENDRIL_VERSION__: string;

startServiceWorker({
  // The DOM library types `self` as a window; a service worker's scope has what the interface names.
  scope: self as unknown as ServiceWorkerScope,
  shell: createShellCache({
    caches,
    fetch: (...given) => fetch(...given),
    origin: location.origin,
    release: __TENDRIL_VERSION__,
  }),
  openOutbox: openOutboxStore,
  createClient: (registryUrl) => createRegistryClient({ baseUrl: registryUrl }),
});
