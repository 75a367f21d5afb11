import { openBackend } from '../compute/open-backend.ts';
import { systemClock } from '../core/clock.ts';
import { deviceTime } from '../core/local-time.ts';
import { Database } from '../memory/database.ts';
import { DexieStore } from '../memory/dexie-store.ts';
import { MemoryStore } from '../memory/memory-store.ts';
import { MemoryOutboxStore } from '../memory/memory-outbox-store.ts';
import { DexieOutboxStore } from '../memory/outbox-store.ts';
import { hasLocks, openTabs } from './browser-tabs.ts';
import { watchPressure } from './device-pressure.ts';
import { nextMacrotask } from './next-macrotask.ts';
import type { DeviceFacts, Environment } from './environment.ts';

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

const forever = () => new Promise<never>(() => undefined);

/** Without locks nobody would hear of its end; and what ends a page's own thread must not be called. */
function canEnd(): boolean {
  return 'DedicatedWorkerGlobalScope' in globalThis && hasLocks();
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
