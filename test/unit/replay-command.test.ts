import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { csvLines, generators } from '../../bench/streams/generators.ts';
import { fromRoot } from '../../scripts/lib/paths.mjs';

let folder = '';
let file = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tendril-command-'));
  file = join(folder, 'sea.csv');
  if (!generators['sea']) throw new RangeError('there is no generator sea');
  await writeFile(file, [...csvLines(generators['sea'], 120, 3)].join('\n'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function command(...args: string[]): Promise<Finished> {
  return new Promise((resolve) => {
    execFile(process.execPath, [fromRoot('scripts/replay.mjs'), ...args], { cwd: folder }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
    });
  });
}

const inNode = ['--runtime', 'node', '--backend', 'cpu', '--target', 'label'];

test('--json prints one object alone, with these keys', { timeout: 30_000 }, async () => {
  const { code, stdout, stderr } = await command(...inNode, '--data', 'sea.csv', '--limit', '100', '--json');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const report = JSON.parse(stdout) as Record<string, unknown>;
  expect(Object.keys(report)).toEqual([
    'rows',
    'accuracy',
    'logLoss',
    'kappa',
    'kappaTemporal',
    'eventsPerSecond',
    'predictMs',
    'learnMs',
    'stateBytes',
    'backend',
    'seed',
  ]);
  const timing = { p50: expect.any(Number) as unknown, p95: expect.any(Number) as unknown };
  expect(report).toMatchObject({ rows: 100, backend: 'cpu', seed: 1, predictMs: timing, learnMs: timing });
});

test('without --json the report is text, and progress goes to standard error', { timeout: 30_000 }, async () => {
  const { code, stdout, stderr } = await command(...inNode, '--data', file);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^rows +120\naccuracy +0\.\d{4}\n/);
  expect(stderr).toMatch(/120\/120 rows/);
});

describe('what cannot be run', { timeout: 30_000 }, () => {
  test.each([
    ['a file that is not there', 1, ['--data', 'absent.csv', '--target', 'y'], /^INVALID_DATA: .*absent\.csv\n$/],
    ['a column that is not there', 1, ['--data', 'sea.csv', '--target', 'y'], /^INVALID_CONFIG: .*"y".*\n$/],
    ['wrong usage', 2, ['--data', 'sea.csv', '--colour', 'red'], /^INVALID_CONFIG: .*--colour.*\(see --help\)\n$/],
  ])('%s', async (_, expected, args, line) => {
    const { code, stdout, stderr } = await command(...args, '--json');
    expect({ code, stdout }).toEqual({ code: expected, stdout: '' });
    expect(stderr).toMatch(line);
    expect(stderr.trimEnd()).not.toContain('\n');
  });

  test('--help', async () => {
    const { code, stdout } = await command('--help');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Usage: npm run replay/);
  });
});
