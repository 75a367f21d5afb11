import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { BlobStore } from './blob-store.ts';

/** Blobs in files: `<folder>/sha256/ab/abcdef…`. A file appears under its name only when it is complete. */
export class FileBlobStore implements BlobStore {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async put(digest: string, bytes: Uint8Array): Promise<void> {
    const stored = await this.get(digest);
    if (stored && Buffer.compare(stored, bytes) === 0) return;
    const file = this.#fileOf(digest);
    const temporary = join(this.#folder, 'incoming', randomUUID());
    await Promise.all([mkdir(dirname(file), { recursive: true }), mkdir(dirname(temporary), { recursive: true })]);
    try {
      await writeDurably(temporary, bytes);
      await rename(temporary, file);
    } catch (caught) {
      await rm(temporary, { force: true });
      throw caught;
    }
    await Promise.all([syncFolder(dirname(file)), syncFolder(dirname(dirname(file)))]);
  }

  async get(digest: string): Promise<Uint8Array<ArrayBuffer> | null> {
    try {
      return new Uint8Array(await readFile(this.#fileOf(digest)));
    } catch (caught) {
      if (caught instanceof Error && 'code' in caught && caught.code === 'ENOENT') return null;
      throw caught;
    }
  }

  /** Anything else than a digest could lead out of the folder. */
  #fileOf(digest: string): string {
    const hex = /^sha256:([0-9a-f]{64})$/.exec(digest)?.[1];
    if (hex === undefined) throw new TypeError(`"${digest}" is not a digest`);
    return join(this.#folder, 'sha256', hex.slice(0, 2), hex);
  }
}

async function writeDurably(file: string, bytes: Uint8Array): Promise<void> {
  const handle = await open(file, 'wx');
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** A renamed file is durable only when its folder is; Windows cannot open folders and does not need it. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
