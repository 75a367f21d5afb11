const SERVICE_WORKER = '/tendril/sync.worker.js';
/** What a page loads where the page itself does not see it: inside its worker, or only on another device. */
const UNSEEN = ['/', '/catalogue.json'];
const LIBRARY = '/tendril/';

/**
 * Makes the page open without a network from now on. The service worker is there only after the first visit has loaded everything, so it is
 * told what that was. Where it cannot be had, the page works as before, only not offline.
 */
export async function keepForOffline(): Promise<void> {
  if (!('serviceWorker' in navigator)) return;
  try {
    await navigator.serviceWorker.register(SERVICE_WORKER, { scope: '/' });
    const { active } = await navigator.serviceWorker.ready;
    const loaded = performance.getEntriesByType('resource').map(({ name }) => name);
    const unseen = [...UNSEEN, ...(await libraryFiles())].map((path) => new URL(path, location.origin).href);
    active?.postMessage({ type: 'tendril-keep', urls: [...new Set([...unseen, ...loaded])] });
  } catch (error) {
    console.warn(error);
  }
}

/** What the library may load, now or later. */
async function libraryFiles(): Promise<string[]> {
  const response = await fetch(`${LIBRARY}files.json`);
  const files: unknown = response.ok ? await response.json() : [];
  return Array.isArray(files) ? files.map((file) => `${LIBRARY}${String(file)}`) : [];
}
