import { createHash } from 'node:crypto';
import { readFile, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { Context, Handler } from 'hono';
import { getMimeType } from 'hono/utils/mime';
import { isImmutablePath } from '../src/sync/immutable-path.ts';
import { noneMatch } from './http/etags.ts';

export interface StaticOptions {
  readonly folder: string;
  /** Part of the address before the path within the folder, e.g. `/tendril`. */
  readonly prefix?: string;
  /** Sets further headers for a path within the folder. */
  readonly decorate?: (context: Context, path: string) => void;
}

/** Files of one folder and nothing else: no dot files, no way out by `..`, an encoded slash or a symbolic link. */
export function staticFiles({ folder, prefix = '', decorate }: StaticOptions): Handler {
  return async (context, next) => {
    const path = safePath(new URL(context.req.url).pathname.slice(prefix.length));
    const file = path === null ? null : await fileWithin(folder, path);
    if (path === null || file === null) {
      await next();
      return;
    }
    return answerFile(context, path, file, decorate);
  };
}

async function answerFile(
  context: Context,
  path: string,
  file: string,
  decorate: StaticOptions['decorate'],
): Promise<Response> {
  const bytes = new Uint8Array(await readFile(file));
  const etag = `"${createHash('sha256').update(bytes).digest('base64url')}"`;
  context.header('ETag', etag);
  context.header('Cache-Control', isImmutablePath(path) ? 'public, max-age=31536000, immutable' : 'no-cache');
  decorate?.(context, path);
  if (!noneMatch(context.req.header('if-none-match'), etag)) return context.body(null, 304);
  context.header('Content-Type', getMimeType(file) ?? 'application/octet-stream');
  return context.body(bytes);
}

/** The decoded path, or null for one that no page would ask for. */
function safePath(pathname: string): string | null {
  try {
    const path = decodeURIComponent(pathname);
    const strange = /[\\\0:]/.test(path) || path.split('/').some((part) => part.startsWith('.'));
    return strange ? null : path;
  } catch {
    return null; // A broken percent encoding names no file.
  }
}

/** The real path of the file, or of the folder's index.html; null when it is not there or not within `folder`. */
async function fileWithin(folder: string, path: string): Promise<string | null> {
  try {
    const root = await realpath(folder);
    const file = await realpath(join(root, path.endsWith('/') ? `${path}index.html` : path));
    return file.startsWith(root + sep) && (await stat(file)).isFile() ? file : null;
  } catch (caught) {
    if (isMissing(caught)) return null;
    throw caught;
  }
}

function isMissing(caught: unknown): boolean {
  return (
    caught instanceof Error && 'code' in caught && ['ENOENT', 'ENOTDIR', 'ENAMETOOLONG'].includes(String(caught.code))
  );
}
