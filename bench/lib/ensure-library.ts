import { spawn } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { TendrilError } from '../../src/errors.ts';
import { fromRoot, root } from '../../scripts/lib/paths.mjs';

const sources = ['src', 'kernels', 'workers', 'vite.config.ts', 'package-lock.json'];

/** Builds the learner worker where it is missing or older than its sources. @throws WORKER_UNAVAILABLE when it does not build */
export function ensureLibrary(): Promise<void> {
  return ensureBuilt(['dist/lib/learner.worker.mjs'], ['--only', 'learner-module']);
}

/**
 * Builds where one of the products is missing or older than the library's sources.
 * @param options of scripts/build.mjs
 * @throws WORKER_UNAVAILABLE when it does not build
 */
export async function ensureBuilt(products: readonly string[], options: readonly string[]): Promise<void> {
  const built = Math.min(...products.map((file) => changedMs(fromRoot(file))));
  const changed = Math.max(...sources.map((file) => newestMs(fromRoot(file))));
  if (built > changed) return;
  // Standard output is for the report alone.
  const child = spawn(process.execPath, [fromRoot('scripts/build.mjs'), ...options], {
    cwd: root,
    stdio: ['ignore', process.stderr, process.stderr],
  });
  const code = await new Promise<number | null>((resolve, reject) =>
    child.once('error', reject).once('close', resolve),
  );
  if (code !== 0) throw new TendrilError('WORKER_UNAVAILABLE', { reason: 'it does not build' });
}

function newestMs(path: string): number {
  if (!existsSync(path) || !statSync(path).isDirectory()) return changedMs(path);
  return Math.max(0, ...readdirSync(path).map((name) => newestMs(join(path, name))));
}

/** 0 for a file that is not there. */
function changedMs(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
