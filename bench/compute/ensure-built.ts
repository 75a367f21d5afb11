import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fromRoot } from '../../scripts/lib/paths.mjs';
import { runNode } from '../../scripts/lib/run.mjs';
import { TendrilError } from '../../src/errors.ts';

const PRODUCTS = ['dist/lib/tendril.mjs', 'dist/lib/learner.worker.mjs'];
const SOURCES = ['src', 'workers', 'kernels', 'vite.config.ts', 'package-lock.json'];

/** Builds everything where the library is missing or older than its sources. @throws WORKER_UNAVAILABLE when it does not build */
export async function ensureBuilt(): Promise<void> {
  const built = Math.min(...PRODUCTS.map((file) => changedMs(fromRoot(file))));
  const changed = Math.max(...SOURCES.map((path) => newestMs(fromRoot(path))));
  if (built > changed) return;
  const code = await runNode(['scripts/build.mjs', '--without-types']);
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
