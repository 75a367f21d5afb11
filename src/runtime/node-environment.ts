import { openBackend } from '../compute/open-backend.ts';
import { systemClock, type Clock } from '../core/clock.ts';
import { deviceTime } from '../core/local-time.ts';
import { TendrilError } from '../errors.ts';
import { MemoryOutboxStore } from '../memory/memory-outbox-store.ts';
import { MemoryStore } from '../memory/memory-store.ts';
import type { Environment, Tabs } from './environment.ts';
import { NamedQueues } from './named-queues.ts';

/** The same runtime outside a browser: storage in memory, one tab. For replaying streams and for tests. */
export function nodeEnvironment(options: { clock?: Clock; store?: MemoryStore } = {}): Environment {
  return {
    clock: options.clock ?? systemClock,
    localTime: deviceTime,
    openStorage(kind) {
      if (kind === 'indexeddb')
        return Promise.reject(new TendrilError('STORAGE_UNAVAILABLE', { reason: 'there is no IndexedDB here' }));
      return Promise.resolve({ store: options.store ?? new MemoryStore(), outbox: new MemoryOutboxStore() });
    },
    openTabs: openOnlyTab,
    openBackend: (name) => openBackend(name),
    fetch: (...given) => globalThis.fetch(...given),
    onOnline: () => undefined,
    onPressure: () => undefined,
    deviceFacts: () => ({ cores: null, memoryGb: null, saveData: null }),
    holdLife: () => Promise.resolve(null),
    end: () => false,
    yieldToEvents: () => new Promise((resolve) => setImmediate(resolve)),
    delay: (ms) => new Promise((resolve) => setTimeout(resolve, ms).unref()),
    storageUse: () => Promise.resolve(null),
  };
}

function openOnlyTab(): Tabs {
  const jobs = new NamedQueues();
  return {
    elect: () => Promise.resolve({ elected: true, release: () => undefined }),
    exclusive: (name, job) => jobs.run(name, job),
    show: () => Promise.resolve(),
    isAnyShown: () => Promise.resolve(false),
    post: () => undefined,
    onMessage: () => undefined,
  };
}
