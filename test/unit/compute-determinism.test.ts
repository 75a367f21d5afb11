import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { digestAfterLearning } from './compute-digest.ts';

const program = fileURLToPath(new URL('./compute-digest.ts', import.meta.url));

async function digestInAnotherProcess(name: string): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', program, '--digest', name]);
  return stdout.trim();
}

describe.each(['cpu', 'wasm'] as const)('learning on %s', (name) => {
  it('gives the same bits twice in one process and in another one', { timeout: 30_000 }, async () => {
    const digest = await digestAfterLearning(name);
    expect(await digestAfterLearning(name)).toBe(digest);
    expect(await digestInAnotherProcess(name)).toBe(digest);
  });
});
