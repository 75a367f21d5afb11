/**
 * `npm run replay -- --data FILE.csv --target COLUMN`: a labelled table through the real learner, test-then-train.
 * `--help` says more. Node built-ins only until the dependencies are there.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** @param {string} path relative to this file */
const here = (path) => fileURLToPath(new URL(path, import.meta.url));

/**
 * @param {readonly string[]} args
 * @param {import('node:child_process').StdioOptions} stdio
 * @returns {Promise<number>} exit code; 1 when a signal ended it
 */
function runNode(args, stdio) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...args], { stdio });
    child.once('error', reject);
    child.once('close', (code) => {
      resolve(code ?? 1);
    });
  });
}

const install = `
  const { ensureInstalled } = await import(${JSON.stringify(new URL('lib/ensure-installed.mjs', import.meta.url).href)});
  await ensureInstalled();
  await import(${JSON.stringify(new URL('build-kernels.mjs', import.meta.url).href)});
`;
// What an installation says goes to standard error: standard output is for the report alone.
process.exitCode = await runNode(['--input-type=module', '--eval', install], ['ignore', 2, 2]);

if (process.exitCode === 0) {
  const replay = ['--import', import.meta.resolve('tsx'), here('../bench/replay/main.ts'), ...process.argv.slice(2)];
  process.exitCode = await runNode(replay, 'inherit');
}
