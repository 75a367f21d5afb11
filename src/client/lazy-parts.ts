/** What is loaded when it is first needed, from beside the library's script. Imports of types alone: the entry holds none of it. */
export interface LazyParts {
  readonly privacy: () => Promise<typeof import('./privacy-part.ts')>;
  readonly capture: () => Promise<typeof import('./capture-part.ts')>;
}

export function lazyParts(filesUrl: URL): LazyParts {
  const load = (name: string): Promise<unknown> => import(/* @vite-ignore */ new URL(name, filesUrl).href);
  return {
    privacy: () => load('privacy.mjs') as ReturnType<LazyParts['privacy']>,
    capture: () => load('signals.mjs') as ReturnType<LazyParts['capture']>,
  };
}
