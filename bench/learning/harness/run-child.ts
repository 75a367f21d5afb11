import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { TendrilError } from '../../../src/errors.ts';
import type { MethodResult } from '../benchmark.ts';

/** What a child sends to the process that started it. */
export type ChildMessage =
  | { readonly type: 'log'; readonly line: string }
  | { readonly type: 'failed'; readonly reason: string }
  | { readonly type: 'results'; readonly results: readonly MethodResult[] };

const childFile = fileURLToPath(new URL('child.ts', import.meta.url));

/**
 * Runs one benchmark with one seed in a process of its own: a crash, a leak or a warm cache of one run does not reach another.
 * @throws INTERNAL when it ends without results
 */
export function runInChild(key: string, seed: number, log: (line: string) => void): Promise<readonly MethodResult[]> {
  const child = fork(childFile, [key, String(seed)], {
    execArgv: ['--import', import.meta.resolve('tsx')],
    // Standard output is for the tables alone.
    stdio: ['ignore', 2, 2, 'ipc'],
    // JSON would make null of a metric that is not a number, and nobody would notice.
    serialization: 'advanced',
  });
  let results: readonly MethodResult[] | null = null;
  let failure: string | null = null;
  child.on('message', (message: ChildMessage) => {
    if (message.type === 'log') log(message.line);
    if (message.type === 'failed') failure = message.reason;
    if (message.type === 'results') results = message.results;
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (code === 0 && results) {
        resolve(results);
        return;
      }
      const reason = failure ?? `it ended with ${signal ?? `exit code ${String(code)}`}`;
      reject(new TendrilError('INTERNAL', { reason }));
    });
  });
}
