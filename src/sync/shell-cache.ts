import { isImmutablePath } from './immutable-path.ts';

const cacheNamePrefix = 'tendril-shell';

/** Oldest files go first; more than enough for a page and its workers. */
const maxFiles = 200;

interface ShellCacheParts {
  readonly caches: CacheStorage;
  readonly fetch: typeof globalThis.fetch;
  /** Origin whose files are kept. */
  readonly origin: string;
  /** Which cache; those of other releases are dropped. */
  readonly release: string;
}

/** Keeps the files of one origin, so that its pages open without a network. The registry's API is never kept. */
export interface ShellCache {
  /**
   * Immutable files come from the cache first, everything else from the network first: a file that can change must not be
   * served stale while there is a network.
   * @param whenKept gets the promise of the write behind the answer
   * @returns null for what it leaves to the browser
   */
  respond(request: Request, whenKept: (kept: Promise<void>) => void): Promise<Response> | null;
  /** Fetches and keeps files that were loaded before this cache was there. */
  keep(urls: readonly string[]): Promise<void>;
  /** Deletes the caches of other releases. */
  dropOthers(): Promise<void>;
}

export function createShellCache({ caches, fetch, origin, release }: ShellCacheParts): ShellCache {
  const name = `${cacheNamePrefix}-${release}`;

  const put = async (request: Request, response: Response): Promise<void> => {
    const cache = await caches.open(name);
    await cache.put(request, response);
    const kept = await cache.keys();
    await Promise.all(kept.slice(0, Math.max(0, kept.length - maxFiles)).map((old) => cache.delete(old)));
  };

  const fromCache = async (request: Request): Promise<Response | undefined> =>
    (await caches.open(name)).match(request, { ignoreVary: true, ignoreSearch: request.mode === 'navigate' });

  const fromNetwork = async (request: Request, whenKept: (kept: Promise<void>) => void): Promise<Response> => {
    const response = await fetch(request);
    // A full disk takes the copy, not the answer.
    if (response.status === 200) whenKept(put(request, response.clone()).catch(() => undefined));
    return response;
  };

  const networkFirst = async (request: Request, whenKept: (kept: Promise<void>) => void): Promise<Response> => {
    try {
      return await fromNetwork(request, whenKept);
    } catch (caught) {
      const kept = await fromCache(request);
      if (kept) return kept;
      throw caught;
    }
  };

  const cacheFirst = async (request: Request, whenKept: (kept: Promise<void>) => void): Promise<Response> =>
    (await fromCache(request)) ?? fromNetwork(request, whenKept);

  return {
    respond(request, whenKept) {
      const url = new URL(request.url);
      if (!isKept(url, request, origin)) return null;
      return isImmutablePath(url.pathname) ? cacheFirst(request, whenKept) : networkFirst(request, whenKept);
    },
    async keep(urls) {
      const requests = urls.filter((url) => URL.canParse(url)).map((url) => new Request(url));
      const missing = requests.filter((request) => isKept(new URL(request.url), request, origin));
      await Promise.allSettled(missing.map((request) => keepOne(request, fetch, put)));
    },
    async dropOthers() {
      const others = (await caches.keys()).filter((other) => other.startsWith(cacheNamePrefix) && other !== name);
      await Promise.all(others.map((other) => caches.delete(other)));
    },
  };
}

async function keepOne(
  request: Request,
  fetch: typeof globalThis.fetch,
  put: (request: Request, response: Response) => Promise<void>,
): Promise<void> {
  const response = await fetch(request);
  if (response.status === 200) await put(request, response);
}

function isKept({ origin, pathname }: URL, { method, headers }: Request, own: string): boolean {
  return method === 'GET' && origin === own && !pathname.startsWith('/api/') && !headers.has('range');
}
