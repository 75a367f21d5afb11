import { execFileSync } from 'node:child_process';
import { availableParallelism, cpus } from 'node:os';
import { root } from '../../../scripts/lib/paths.mjs';

export function machineName(): string {
  return `${String(availableParallelism())} cores, ${cpus()[0]?.model.trim() ?? 'unknown processor'}`;
}

/** What is measured: the product, the benchmarks and their dependencies. */
const sources = ['src', 'workers', 'bench', 'package-lock.json', ':!bench/results', ':!*.md'];

/** Short hash of the commit that is checked out, with `-dirty` where the sources differ from it; `unknown` outside a git checkout. */
export function sourceCommit(): string {
  try {
    const hash = git('rev-parse', '--short=12', 'HEAD');
    return git('status', '--porcelain', '--', ...sources) === '' ? hash : `${hash}-dirty`;
  } catch {
    return 'unknown';
  }
}

function git(...args: readonly string[]): string {
  return execFileSync('git', [...args], { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
}
