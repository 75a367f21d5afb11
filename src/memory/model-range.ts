import { Dexie } from 'dexie';

/** Everything of one model, in an index or key that begins with it. */
export function allOf(modelKey: string) {
  return [
    [modelKey, Dexie.minKey],
    [modelKey, Dexie.maxKey],
  ] as const;
}
