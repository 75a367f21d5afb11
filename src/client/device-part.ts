import type { PageHints } from '../protocol/messages.ts';
import type { Connection } from './connection.ts';

/** https://www.w3.org/TR/battery-status/ */
interface Battery extends EventTarget {
  readonly level: number;
  readonly charging: boolean;
}

/**
 * Tells the worker what only a page can find out about the device, at once and at every change, and watches over its life, until the connection is closed.
 * @param onEnd called when the worker has ended without being told to
 */
export function watchDevice(connection: Connection, onEnd: () => void): void {
  const ended = new AbortController();
  const { signal } = ended;
  let battery: Battery | null = null;
  const tell = () => {
    const hints: PageHints = {
      battery: battery?.level ?? null,
      charging: battery?.charging ?? null,
      hidden: document.visibilityState === 'hidden',
    };
    void connection.call(
      (worker) => worker.hearDevice(hints),
      (value) => value === null,
    );
  };
  void connection.closed.then(() => {
    ended.abort();
  });
  void watchLife(connection, onEnd, signal);
  document.addEventListener('visibilitychange', tell, { signal });
  tell();
  void findBattery().then((found) => {
    if (!found || signal.aborted) return;
    battery = found;
    for (const event of ['levelchange', 'chargingchange']) found.addEventListener(event, tell, { signal });
    tell();
  });
}

/** A worker that ends, however it ends, says nothing, but gives back the lock that it holds. */
async function watchLife({ started }: Connection, onEnd: () => void, signal: AbortSignal): Promise<void> {
  const start = await started;
  const name: unknown = start.ok ? start.value.lifeLock : null;
  if (typeof name !== 'string') return;
  // Rejects when there is nothing to watch over any more.
  await navigator.locks.request(name, { mode: 'shared', signal }, onEnd).catch(() => undefined);
}

/** null where the browser does not say, or a policy forbids it. */
async function findBattery(): Promise<Battery | null> {
  const { getBattery } = navigator as { getBattery?: () => Promise<Battery> };
  return (await getBattery?.call(navigator).catch(() => null)) ?? null;
}
