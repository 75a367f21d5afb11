import type { Election, TabMessage, Tabs } from './environment.ts';
import { NamedQueues } from './named-queues.ts';
import { ShownLock } from './shown-lock.ts';

/** Web Locks say who learns; BroadcastChannel carries the word. Without them (insecure context) a tab takes itself for the only one. */
export function openTabs(namespace: string): Tabs {
  const name = `tendril:${namespace}`;
  const channel = typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel(name);
  const alone = new NamedQueues();
  const shown = hasLocks() ? new ShownLock(navigator.locks, `${name}:shown`) : null;
  return {
    show: async (isShown) => shown?.show(isShown),
    isAnyShown: async () => (await shown?.isAnyShown()) ?? false,
    elect: (modelKey, onElected) =>
      hasLocks()
        ? elect(`${name}:${modelKey}`, onElected)
        : Promise.resolve({ elected: true, release: () => undefined }),
    exclusive: async (job, run) =>
      hasLocks() ? await navigator.locks.request(`${name}:${job}`, run) : alone.run(job, run),
    post: (message) => channel?.postMessage(message),
    onMessage: (listener) => {
      channel?.addEventListener('message', (event: MessageEvent<TabMessage>) => {
        listener(event.data);
      });
    },
  };
}

/** Insecure contexts have none. */
export function hasLocks(): boolean {
  return 'locks' in navigator;
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
