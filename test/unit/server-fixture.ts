import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApp, type AppOptions } from '../../server/app.ts';
import { FileBlobStore } from '../../server/stores/file-blob-store.ts';
import type { RegistryStore } from '../../server/stores/registry-store.ts';
import { openSqliteRegistry } from '../../server/stores/sqlite.ts';
import { encodeSafetensors } from '../../src/core/safetensors.ts';

/** A small checkpoint; another `content` gives other bytes. */
export function checkpointOf(content: number, metadata: Record<string, string> = {}): Uint8Array<ArrayBuffer> {
  const weights = { dtype: 'F32', shape: [2], data: Float32Array.of(content, -0.5) } as const;
  return encodeSafetensors({ weights }, { 'tendril.format': 'test/1', ...metadata });
}

export interface TestRegistry {
  readonly folder: string;
  readonly app: ReturnType<typeof createApp>;
  readonly store: RegistryStore;
  /** Errors of the server itself. */
  readonly reported: Error[];
  /** Closes the database and opens the folder anew, as a restarted process does. */
  restart(): Promise<TestRegistry>;
  remove(): Promise<void>;
}

/** The real app on a real SQLite file and real blob files in a folder of its own. */
export async function openTestRegistry(options: Partial<AppOptions> = {}, folder?: string): Promise<TestRegistry> {
  const place = folder ?? (await mkdtemp(join(tmpdir(), 'tendril-server-')));
  const store = await openSqliteRegistry(join(place, 'registry.sqlite'));
  const reported: Error[] = [];
  let nowMs = 1_700_000_000_000;
  const app = createApp({
    store,
    blobs: new FileBlobStore(join(place, 'blobs')),
    clock: { nowMs: () => nowMs++, monotonicMs: () => 0 },
    reportError: (error) => reported.push(error),
    ...options,
  });
  return {
    folder: place,
    app,
    store,
    reported,
    restart: async () => {
      await store.close();
      return openTestRegistry(options, place);
    },
    remove: async () => {
      await store.close();
      await rm(place, { recursive: true });
    },
  };
}
