/** `CacheStorage` for Node, which has none: as much of it as the shell cache uses, and a disk that can be full. */
export class MemoryCaches implements CacheStorage {
  full = false;
  readonly #caches = new Map<string, MemoryCache>();

  open(name: string): Promise<Cache> {
    const cache = this.#caches.get(name) ?? new MemoryCache(() => this.full);
    this.#caches.set(name, cache);
    return Promise.resolve(cache);
  }

  delete(name: string): Promise<boolean> {
    return Promise.resolve(this.#caches.delete(name));
  }

  has(name: string): Promise<boolean> {
    return Promise.resolve(this.#caches.has(name));
  }

  keys(): Promise<string[]> {
    return Promise.resolve([...this.#caches.keys()]);
  }

  match(): Promise<never> {
    return unused();
  }
}

class MemoryCache implements Cache {
  readonly #isFull: () => boolean;
  readonly #entries = new Map<string, [Request, Response]>();

  constructor(isFull: () => boolean) {
    this.#isFull = isFull;
  }

  put(request: Request, response: Response): Promise<void> {
    if (this.#isFull()) return Promise.reject(new DOMException('full', 'QuotaExceededError'));
    // As in the standard, a replaced entry becomes the newest.
    this.#entries.delete(request.url);
    this.#entries.set(request.url, [request, response]);
    return Promise.resolve();
  }

  match(request: Request): Promise<Response | undefined> {
    return Promise.resolve(this.#entries.get(request.url)?.[1].clone());
  }

  delete(request: Request): Promise<boolean> {
    return Promise.resolve(this.#entries.delete(request.url));
  }

  keys(): Promise<readonly Request[]> {
    return Promise.resolve([...this.#entries.values()].map(([request]) => request));
  }

  add(): Promise<never> {
    return unused();
  }

  addAll(): Promise<never> {
    return unused();
  }

  matchAll(): Promise<never> {
    return unused();
  }
}

function unused(): Promise<never> {
  return Promise.reject(new Error('The shell cache does not use this.'));
}
