import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fromRoot } from '../../scripts/lib/paths.mjs';
import { capture, run } from '../../scripts/lib/run.mjs';
import { PEERS_FILE } from '../learning/harness/peers.ts';
import { writeFormatted } from '../learning/results.ts';

/**
 * `npm run bench:peers`: runs other libraries on the benchmarks of bench/learning, in a Python environment of their own. It is made at the first
 * run, in a folder that neither git nor the linter looks at; arguments go to run.py (`--help` lists them).
 */
const environment = fromRoot('.tendril/peers-venv');
const python = join(environment, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');
const requirements = fromRoot('bench/peers/requirements.txt');

async function main(): Promise<number> {
  const host = await findPython();
  if (host === null) {
    console.error('The peers need Python 3.11 or newer, and there is none. Everything else works without them.');
    return 1;
  }
  if (!existsSync(python)) {
    console.error(`Making a Python environment in ${environment}.`);
    const made = await run(host, ['-m', 'venv', environment]);
    if (made !== 0) return made;
  }
  const quiet = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check'];
  const installed = await run(python, [...quiet, '--requirement', requirements]);
  if (installed !== 0) {
    console.error('The packages of bench/peers/requirements.txt cannot be installed.');
    return installed;
  }
  const ended = await run(python, ['-B', fromRoot('bench/peers/run.py'), ...process.argv.slice(2)]);
  // What was measured before it was stopped is kept, too.
  const results = fromRoot(PEERS_FILE);
  if (existsSync(results)) await writeFormatted(PEERS_FILE, await readFile(results, 'utf8'));
  return ended;
}

async function findPython(): Promise<string | null> {
  const recent = 'import sys, venv; sys.exit(sys.version_info < (3, 11))';
  for (const program of ['python3', 'python']) {
    if ((await capture(program, ['-c', recent])).code === 0) return program;
  }
  return null;
}

process.exitCode = await main();
