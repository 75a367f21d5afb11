import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { root } from './paths.mjs';

/**
 * Runs the built server until it ends or this process is told to end.
 * @param {readonly string[]} args
 * @returns {{ address: Promise<string | undefined>, exitCode: Promise<number> }} the address once it listens, nothing when it
 * ended before; the exit code when it ended
 */
export function startServer(args) {
  const child = spawn(process.execPath, ['dist/server/main.js', ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout });
  /** @type {Promise<string | undefined>} */
  const address = new Promise((resolve) => {
    lines.on('line', (line) => {
      console.log(line);
      const url = /^Tendril is at (\S+)/.exec(line)?.[1];
      if (url) resolve(url);
    });
    lines.once('close', () => {
      resolve(undefined);
    });
  });
  return { address, exitCode: endWith(child) };
}

/**
 * Ctrl-C reaches the server by itself in a terminal; a signal to this process alone is passed on.
 * @param {import('node:child_process').ChildProcess} child
 * @returns {Promise<number>}
 */
function endWith(child) {
  let told = false;
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.on(signal, () => {
      if (!told) child.kill('SIGTERM');
      told = true;
    });
  }
  return new Promise((resolve) => {
    child.once('close', (code) => {
      resolve(told ? 0 : (code ?? 1));
    });
  });
}
