import { openBackend } from '../compute/open-backend.ts';
import { systemClock } from '../core/clock.ts';
import { deviceTime } from '../core/local-time.ts';
import { Database } from '../memory/database.ts';
import { DexieStore } from '../memory/dexie-store.ts';
import { MemoryStore } from '../memory/memory-store.ts';
import { MemoryOutboxStore } from '../memory/memory-outbox-store.ts';
import { DexieOutboxStore } from '../memory/outbox-store.ts';
import { watchPressure } from './device-pressure.ts';
import { nextMacrotask } from './next-macrotask.ts';
import type { DeviceFacts, Election, Environment, TabMessage, Tabs } from './environment.ts';
import { ShownLock } from './shown-lock.ts';

/** The environment of a dedicated worker (or of the page itself). */
export function browserEnvironment(): Environment {
  return {
    clock: systemClock,
    localTime: deviceTime,
    async openStorage(kind, namespace) {
      if (kind === 'memory') return { store: new MemoryStore(), outbox: new MemoryOutboxStore() };
      const database = await Database.openAt(namespace);
      return { store: new DexieStore(database), outbox: new DexieOutboxStore(database) };
    },
    openTabs,
    openBackend: (name) => openBackend(name),
    fetch: (...given) => globalThis.fetch(...given),
    onOnline: (listener) => {
      globalThis.addEventListener('online', listener);
    },
    onPressure: watchPressure,
    deviceFacts,
    holdLife,
    end,
    yieldToEvents: () => nextMacrotask(),
    delay: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    storageUse,
  };
}

/** Insecure contexts have no `storage`, private windows may refuse it. */
async function storageUse(): ReturnType<Environment['storageUse']> {
  const { storage } = globalThis.navigator as Partial<Navigator>;
  const { usage, quota = null } = (await storage?.estimate().catch(() => undefined)) ?? {};
  return usage === undefined ? null : { usedBytes: Math.round(usage), quotaBytes: quota && Math.round(quota) };
}

function deviceFacts(): DeviceFacts {
  const { hardwareConcurrency, deviceMemory, connection } = globalThis.navigator as Partial<Navigator> & {
    readonly deviceMemory?: number;
    readonly connection?: { readonly saveData?: boolean };
  };
  return {
    cores: hardwareConcurrency ?? null,
    memoryGb: deviceMemory ?? null,
    saveData: connection?.saveData ?? null,
  };
}

/** Web Locks say who learns; BroadcastChannel carries the word. Without them (insecure context) a tab takes itself for the only one. */
function openTabs(namespace: string): Tabs {
  const name = `tendril:${namespace}`;
  const channel = typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel(name);
  const shown = hasLocks(globalThis.navigator) ? new ShownLock(navigator.locks, `${name}:shown`) : null;
  return {
    show: async (isShown) => shown?.show(isShown),
    isAnyShown: async () => (await shown?.isAnyShown()) ?? false,
    elect: (modelKey, onElected) =>
      hasLocks(globalThis.navigator)
        ? elect(`${name}:${modelKey}`, onElected)
        : Promise.resolve({ elected: true, release: () => undefined }),
    exclusive: async (job, run) =>
      hasLocks(globalThis.navigator) ? await navigator.locks.request(`${name}:${job}`, run) : run(),
    post: (message) => channel?.postMessage(message),
    onMessage: (listener) => {
      channel?.addEventListener('message', (event: MessageEvent<TabMessage>) => {
        listener(event.data);
      });
    },
  };
}

function hasLocks(navigator: Navigator): boolean {
  return 'locks' in navigator;
}

const forever = () => new Promise<never>(() => undefined);

/** Without locks nobody would hear of its end; and what ends a page's own thread must not be called. */
function canEnd(): boolean {
  return 'DedicatedWorkerGlobalScope' in globalThis && hasLocks(globalThis.navigator);
}

async function holdLife(): Promise<string | null> {
  if (!canEnd()) return null;
  const name = `tendril:life:${crypto.randomUUID()}`;
  await new Promise<void>((resolve, reject) => {
    navigator.locks
      .request(name, () => {
        resolve();
        return forever();
      })
      .catch(reject);
  });
  return name;
}

function end(): boolean {
  if (!canEnd()) return false;
  globalThis.close();
  return true;
}

/** The lock is held until it is released, or the worker ends, however it ends. */
async function elect(name: string, onElected: () => void): Promise<Election> {
  const waiting = new AbortController();
  let letGo!: () => void;
  const held = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const elected = await new Promise<boolean>((resolve, reject) => {
    navigator.locks
      .request(name, { ifAvailable: true }, (lock) => {
        resolve(lock !== null);
        return lock === null ? undefined : held;
      })
      .catch(reject);
  });
  if (!elected) whenFree(name, waiting.signal, onElected, held);
  return {
    elected,
    release: () => {
      waiting.abort();
      letGo();
    },
  };
}

function whenFree(name: string, signal: AbortSignal, onElected: () => void, held: Promise<void>): void {
  const request = navigator.locks.request(name, { signal }, () => {
    onElected();
    return held;
  });
  // Who stands back while it waits is rejected.
  request.catch(() => undefined);
}
