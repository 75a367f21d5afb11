import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { csvLines, generators } from '../../bench/streams/generators.ts';
import { fromRoot } from '../../scripts/lib/paths.mjs';

const execute = promisify(execFile);
let folder = '';
let file = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tendril-replay-e2e-'));
  file = join(folder, 'agrawal.csv');
  if (!generators['agrawal']) throw new RangeError('there is no generator agrawal');
  await writeFile(file, [...csvLines(generators['agrawal'], 300, 3)].join('\n'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function report(...args: string[]): Promise<Record<string, unknown>> {
  const given = [fromRoot('scripts/replay.mjs'), '--data', file, '--target', 'label', '--json', ...args];
  const { stdout } = await execute(process.execPath, given);
  return JSON.parse(stdout) as Record<string, unknown>;
}

test('the worker in Chromium, on the backend of its own choice', async () => {
  const { rows, backend, accuracy, stateBytes } = await report();
  expect(rows).toBe(300);
  expect(['cpu', 'wasm', 'webgpu']).toContain(backend);
  expect(accuracy).toBeGreaterThan(0.45);
  expect(stateBytes).toBeGreaterThan(1000);
});

// To the last bit within one engine (the unit tests hold that); between two their exponentials and logarithms may differ in it.
test('on the cpu backend Chromium and Node agree', async () => {
  const inChromium = await report('--backend', 'cpu', '--delay', '20');
  const inNode = await report('--backend', 'cpu', '--delay', '20', '--runtime', 'node');
  expect([inChromium['rows'], inNode['rows']]).toEqual([300, 300]);
  for (const figure of ['accuracy', 'logLoss', 'kappa', 'kappaTemporal']) {
    expect(Math.abs(Number(inChromium[figure]) - Number(inNode[figure])), figure).toBeLessThan(0.01);
  }
});
